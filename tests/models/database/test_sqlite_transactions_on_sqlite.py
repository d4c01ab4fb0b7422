"""Short transactions run on the event loop's thread, and give way as those on the other do."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Self
from uuid import uuid4

import pytest
from frozen_clock import NOON
from statements import Statements
from table_rows import person, session
from tortoise.exceptions import OperationalError
from tortoise.transactions import in_transaction

from authberry.models import Database, User
from authberry.models.database.tortoise_context import CONNECTION
from authberry.models.database.sqlite_connections import WRITES_BETWEEN_CHECKPOINTS

A_MEBIBYTE = 2**20
RENAME = "UPDATE authberry_user SET name = 'Bob' WHERE name = 'Ada' RETURNING id"


async def opened(url: str) -> Database:
    """An open database with its tables."""
    database = Database(url)
    await database.open()
    await database.migrate()
    return database


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    """An open database with its tables, in use."""
    database = await opened(f"sqlite://{tmp_path}/authberry.db")
    with database.use():
        yield database
    await database.close()


@pytest.fixture
def other(database: Database) -> Iterator[sqlite3.Connection]:
    """Another process."""
    assert database.file
    with closing(sqlite3.connect(database.file, isolation_level=None)) as other:
        yield other


def names(other: sqlite3.Connection) -> list[str]:
    """Who is committed."""
    return sorted(name for (name,) in other.execute("SELECT name FROM authberry_user"))


def begun(statements: Statements) -> list[str]:
    """How transactions have begun: at once, or on the thread."""
    return [sql for sql in statements.seen if sql.startswith("BEGIN")]


async def add(database: Database, name: str) -> None:
    """Add somebody, in a transaction."""
    async with database.transaction():
        await person(name=name)


class Paused:
    """A transaction in which somebody is added, and which then waits."""

    def __init__(self, database: Database, name: str) -> None:
        """Add nobody yet."""
        self._database, self._name = database, name
        self._wrote, self._go_on = asyncio.Event(), asyncio.Event()
        self._fault: Exception | None = None
        self.task: asyncio.Task[None]

    async def __aenter__(self) -> Self:
        """Add them."""
        self.task = asyncio.create_task(self._run())
        await self._wrote.wait()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Be done, however it ended."""
        with suppress(asyncio.CancelledError, ZeroDivisionError):
            await self.end()

    async def end(self, fault: Exception | None = None) -> None:
        """Go on to the end, or to a fault."""
        self._fault = fault
        self._go_on.set()
        await self.task

    async def _run(self) -> None:
        async with self._database.transaction():
            await person(name=self._name)
            self._wrote.set()
            await self._go_on.wait()
            if self._fault:
                raise self._fault


async def test_a_transaction_is_seen_whole_or_not_at_all(
    database: Database, other: sqlite3.Connection
) -> None:
    """By the ORM and by statements that are written out alike."""
    async with database.transaction():
        ada = await person(name="Ada")
        await database.fetch("UPDATE authberry_user SET locale = 'ko' WHERE id = ?1", ada.id)
        assert (await User.get(id=ada.id)).locale == "ko"
        assert names(other) == []
    assert names(other) == ["Ada"]


async def test_it_is_handed_to_no_thread(database: Database, statements: Statements) -> None:
    """Unless it may take long."""
    await add(database, "Ada")
    assert begun(statements) == ["BEGIN IMMEDIATE"]
    statements.seen.clear()
    async with database.transaction(is_long=True):
        await person(name="Bob")
    assert begun(statements) == ["BEGIN"]


async def test_one_in_another_is_refused(
    database: Database, other: sqlite3.Connection, statements: Statements
) -> None:
    """Its end would be that of the other; whichever way they are run."""
    for is_long in (True, False):
        async with database.transaction(is_long=is_long):
            await person(name="Ada")
            with pytest.raises(RuntimeError, match="has begun"):
                database.transaction()
            with pytest.raises(RuntimeError, match="has begun"):
                database.transaction(is_long=True)
            assert statements.seen[-1].startswith("INSERT")
            assert names(other) == []
            await User.all().delete()


async def test_part_of_one_can_be_taken_back(
    database: Database, other: sqlite3.Connection
) -> None:
    """As the ORM does by itself in some of its methods."""
    async with database.transaction():
        await person(name="Ada")
        with suppress(ZeroDivisionError):
            async with in_transaction(CONNECTION):
                await person(name="Eve")
                raise ZeroDivisionError
        async with in_transaction(CONNECTION):
            await person(name="Bob")
        assert names(other) == []
    assert names(other) == ["Ada", "Bob"]


@pytest.mark.parametrize("fault", [None, ZeroDivisionError()])
async def test_others_of_the_process_wait_for_its_end_and_are_no_part_of_it(
    database: Database, other: sqlite3.Connection, fault: Exception | None
) -> None:
    """Whichever way they write; what it takes back is its own."""
    await person(name="Ada")

    async with Paused(database, "Zoe") as paused:
        ways = (database.write(RENAME), person(name="Eve"), add(database, "Kim"))
        acts = [asyncio.create_task(way) for way in ways]
        for _ in range(20):
            await asyncio.sleep(0)
        assert [act.done() for act in acts] == [False] * 3
        assert names(other) == ["Ada"]
        with suppress(ZeroDivisionError):
            await paused.end(fault)
        await asyncio.gather(*acts)
    assert names(other) == ["Bob", "Eve", "Kim", *([] if fault else ["Zoe"])]


async def test_somebody_who_hangs_up_takes_all_of_it_back(
    database: Database, other: sqlite3.Connection
) -> None:
    """And the next one gets through."""
    async with Paused(database, "Ada") as paused:
        paused.task.cancel()
        await asyncio.wait([paused.task])
        assert paused.task.cancelled()
        await add(database, "Bob")
    assert names(other) == ["Bob"]


async def test_somebody_who_hangs_up_in_the_line_leaves_it(
    database: Database, other: sqlite3.Connection
) -> None:
    """While somebody else of the process has it: those behind get through."""
    async with Paused(database, "Ada") as paused:
        waiting = [asyncio.create_task(add(database, name)) for name in ("Eve", "Bob")]
        await asyncio.sleep(0)
        waiting[0].cancel()
        await asyncio.wait([waiting[0]])
        await paused.end()
        await waiting[1]
    assert names(other) == ["Ada", "Bob"]


async def test_somebody_who_hangs_up_while_another_process_writes_leaves_nothing(
    database: Database, other: sqlite3.Connection, statements: Statements
) -> None:
    """The thread may wait for the file; what it comes to is taken back."""
    other.execute("BEGIN IMMEDIATE")
    adding = asyncio.create_task(add(database, "Eve"))
    while not any(sql.startswith("INSERT") for sql in statements.seen):
        await asyncio.sleep(0.01)
    adding.cancel()
    other.execute("COMMIT")
    await asyncio.wait([adding])
    assert adding.cancelled()
    await add(database, "Ada")
    assert names(other) == ["Ada"]


async def test_a_disk_that_is_full_is_told_and_nothing_is_left(
    database: Database, other: sqlite3.Connection, statements: Statements
) -> None:
    """Once there is room, the next one gets through, and is handed to no thread."""
    (pages,) = await database.write("PRAGMA page_count")
    await database.write(f"PRAGMA max_page_count = {pages['page_count']}")
    with pytest.raises(OperationalError, match="full"):
        async with database.transaction():
            await person(name="Ada")
            await database.fetch(f"UPDATE authberry_user SET locale = hex(zeroblob({A_MEBIBYTE}))")
    assert names(other) == []
    await database.write(f"PRAGMA max_page_count = {A_MEBIBYTE}")
    statements.seen.clear()
    await add(database, "Eve")
    assert begun(statements) == ["BEGIN IMMEDIATE"]
    assert names(other) == ["Eve"]


async def test_an_end_that_fails_takes_all_of_it_back(
    database: Database, other: sqlite3.Connection, statements: Statements
) -> None:
    """A session of nobody is refused at the end; SQLite would leave the transaction open."""
    with pytest.raises(sqlite3.IntegrityError, match="FOREIGN KEY"):
        async with database.transaction():
            await database.fetch("PRAGMA defer_foreign_keys = ON")
            await session(await person(name="Ada"))
            await database.fetch("UPDATE authberry_refresh_token SET user_id = 'nobody'")
    assert names(other) == []
    statements.seen.clear()
    await add(database, "Bob")
    assert begun(statements) == ["BEGIN IMMEDIATE"]
    assert names(other) == ["Bob"]


async def test_one_that_cannot_be_taken_back_is_closed(
    database: Database, other: sqlite3.Connection, statements: Statements
) -> None:
    """Else the connection would keep the lock, and everybody from the file for ever."""

    def refuse(act: int, what: str | None, *_: object) -> int:
        is_end = act == sqlite3.SQLITE_TRANSACTION and what in {"COMMIT", "ROLLBACK"}
        return sqlite3.SQLITE_DENY if is_end else sqlite3.SQLITE_OK

    with pytest.raises(sqlite3.DatabaseError, match="not authorized"):
        async with database.transaction():
            await person(name="Ada")
            assert database._sqlite
            assert database._sqlite.writer._connection
            database._sqlite.writer._connection.set_authorizer(refuse)
    assert names(other) == []
    statements.seen.clear()
    await add(database, "Bob")
    assert begun(statements) == ["BEGIN IMMEDIATE"]
    assert names(other) == ["Bob"]


async def test_it_waits_for_another_process_and_the_loop_goes_on(
    database: Database, other: sqlite3.Connection, statements: Statements
) -> None:
    """On the thread, which is where one waits."""
    other.execute("BEGIN IMMEDIATE")
    async with asyncio.TaskGroup() as tasks:
        adding = tasks.create_task(add(database, "Ada"))
        for _ in range(30):
            await asyncio.sleep(0.01)
            assert not adding.done()
        other.execute("COMMIT")
    assert begun(statements) == ["BEGIN"]
    assert names(other) == ["Ada"]


async def test_what_goes_on_behind_its_end_is_refused(
    database: Database, other: sqlite3.Connection
) -> None:
    """A task that was begun in it gets into no transaction of somebody else."""
    ended = asyncio.Event()

    async def go_on() -> None:
        await ended.wait()
        await person(name="Eve")

    async with database.transaction():
        await person(name="Ada")
        late = asyncio.create_task(go_on())
    async with Paused(database, "Bob"):
        ended.set()
        with pytest.raises(sqlite3.ProgrammingError, match="over"):
            await late
    assert names(other) == ["Ada", "Bob"]


@pytest.mark.parametrize("option", ["journal_mode=DELETE", "synchronous=FULL"])
async def test_what_waits_at_its_end_is_run_on_the_thread(
    tmp_path: Path, statements: Statements, option: str
) -> None:
    """Without a log for whoever reads, and elsewhere for the disk, if that was asked for."""
    database = await opened(f"sqlite://{tmp_path}/authberry.db?{option}")
    statements.seen.clear()
    try:
        with database.use():
            await add(database, "Ada")
            assert await User.all().count() == 1
    finally:
        await database.close()
    assert begun(statements) == ["BEGIN"]


async def test_the_log_does_not_grow_with_transactions(database: Database) -> None:
    """The thread is given one now and then, and copies the log into the file."""
    for number in range(2 * WRITES_BETWEEN_CHECKPOINTS):
        async with database.transaction():
            for _ in range(2):
                await database.fetch(
                    "INSERT INTO authberry_user (id, email, email_verified, roles, created_at)"
                    " VALUES (?1, ?2, 0, '[]', ?3)",
                    uuid4(),
                    f"{uuid4()}@{number}.example.com",
                    NOON,
                )
    assert database.file
    log = database.file.with_name(f"{database.file.name}-wal")
    assert log.stat().st_size < 16 * A_MEBIBYTE

"""Short transactions run on the event loop's thread, and give way as those on the other do."""

import asyncio
import sqlite3
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

import pytest
from frozen_clock import NOON
from sqlite_transactions import Paused, add, begun, database, names, opened, other
from statements import Statements
from table_rows import person
from tortoise.transactions import in_transaction

from authberry.models import Database, User
from authberry.models.database.sqlite_connections import WRITES_BETWEEN_CHECKPOINTS
from authberry.models.database.tortoise_context import CONNECTION
from authberry.models.statements.users import UserStatements

__all__ = ["database", "other"]

A_MEBIBYTE = 2**20
RENAME = "UPDATE authberry_user SET name = 'Bob' WHERE name = 'Ada' RETURNING id"


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


@pytest.mark.parametrize("is_long", [False, True])
async def test_who_holds_an_account_keeps_other_processes_from_the_file(
    database: Database, other: sqlite3.Connection, statements: Statements, *, is_long: bool
) -> None:
    """At once by how it has begun, and on the thread by a write."""
    ada = await person(name="Ada")
    statements.seen.clear()
    async with database.transaction(is_long=is_long):
        await UserStatements(database).hold(ada.id)
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("BEGIN IMMEDIATE")
    assert any(sql.startswith("UPDATE") for sql in statements.seen) == is_long
    other.execute("BEGIN IMMEDIATE")


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


async def test_part_of_one_can_be_taken_back(database: Database, other: sqlite3.Connection) -> None:
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

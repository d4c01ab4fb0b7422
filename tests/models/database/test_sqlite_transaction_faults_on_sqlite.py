"""A short transaction that is cancelled or fails leaves nothing, and the next one gets through."""

import asyncio
import sqlite3

import pytest
from sqlite_transactions import Paused, add, begun, database, names, other
from statements import Statements
from table_rows import person, session
from tortoise.exceptions import OperationalError, TransactionManagementError

from authberry.models import Database, User

__all__ = ["database", "other"]

A_MEBIBYTE = 2**20


async def fill_the_disk(database: Database) -> None:
    """With more than there is room for."""
    async with database.transaction():
        await person(name="Ada")
        await database.fetch("UPDATE authberry_user SET locale = hex(zeroblob(?1))", A_MEBIBYTE)


async def leave_a_session_of_nobody(database: Database) -> None:
    """Which is looked at when the transaction ends, and no sooner."""
    async with database.transaction():
        await database.fetch("PRAGMA defer_foreign_keys = ON")
        await session(await person(name="Ada"))
        await database.fetch("UPDATE authberry_refresh_token SET user_id = 'nobody'")


async def end_in_no_way(database: Database) -> None:
    """SQLite is told to refuse either."""

    def refuse(act: int, what: str | None, *_: object) -> int:
        is_end = act == sqlite3.SQLITE_TRANSACTION and what in {"COMMIT", "ROLLBACK"}
        return sqlite3.SQLITE_DENY if is_end else sqlite3.SQLITE_OK

    async with database.transaction():
        await person(name="Ada")
        assert database._sqlite
        assert database._sqlite.writer._connection
        database._sqlite.writer._connection.set_authorizer(refuse)


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
    insert, is_asked_for = len(["BEGIN", "INSERT"]), asyncio.Event()

    async def ask() -> None:
        is_asked_for.set()

    other.execute("BEGIN IMMEDIATE")
    adding = asyncio.create_task(statements.before(insert, add(database, "Eve"), ask))
    await is_asked_for.wait()
    adding.cancel()
    other.execute("COMMIT")
    await asyncio.wait([adding])
    assert adding.cancelled()
    await add(database, "Ada")
    assert names(other) == ["Ada"]


async def test_one_whose_beginning_was_not_answered_does_not_stay_open(
    database: Database, other: sqlite3.Connection, statements: Statements
) -> None:
    """Else what comes next on the thread would be part of it, and find the file as it was then."""
    begin = len(["COMMIT", "BEGIN"])
    with (
        statements.broken(begin, answer_is_lost=True),
        pytest.raises(TransactionManagementError),
    ):
        async with database.transaction(is_long=True):
            await person(name="Eve")
    await person(name="Ada")
    assert names(other) == ["Ada"]
    assert await User.all().count() == 1
    await add(database, "Bob")
    await User.filter(name="Ada").update(name="Zoe")
    assert names(other) == ["Bob", "Zoe"]


async def assert_the_next_gets_through(
    database: Database, other: sqlite3.Connection, statements: Statements
) -> None:
    """At once: the connection is whole, and nobody holds the lock."""
    statements.seen.clear()
    await add(database, "Bob")
    assert begun(statements) == ["BEGIN IMMEDIATE"]
    assert names(other) == ["Bob"]


async def test_a_disk_that_is_full_is_told_and_nothing_is_left(
    database: Database, other: sqlite3.Connection, statements: Statements
) -> None:
    """Once there is room, the next one gets through, and is handed to no thread."""
    (pages,) = await database.write("PRAGMA page_count")
    await database.write(f"PRAGMA max_page_count = {pages['page_count']}")
    with pytest.raises(OperationalError, match="full"):
        await fill_the_disk(database)
    assert names(other) == []
    await database.write(f"PRAGMA max_page_count = {A_MEBIBYTE}")
    await assert_the_next_gets_through(database, other, statements)


async def test_an_end_that_fails_takes_all_of_it_back(
    database: Database, other: sqlite3.Connection, statements: Statements
) -> None:
    """A session of nobody is refused at the end; SQLite would leave the transaction open."""
    with pytest.raises(sqlite3.IntegrityError, match="FOREIGN KEY"):
        await leave_a_session_of_nobody(database)
    assert names(other) == []
    await assert_the_next_gets_through(database, other, statements)


async def test_one_that_cannot_be_taken_back_is_closed(
    database: Database, other: sqlite3.Connection, statements: Statements
) -> None:
    """Else the connection would keep the lock, and everybody from the file for ever."""
    with pytest.raises(sqlite3.DatabaseError, match="not authorized"):
        await end_in_no_way(database)
    assert names(other) == []
    await assert_the_next_gets_through(database, other, statements)

"""Whoever writes to a locked file waits from when it asked, and not for each who asked before."""

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from pathlib import Path
from uuid import uuid4

import pytest
from table_rows import person

from authberry.models import Database, DatabaseUnavailable, User
from authberry.models.database.sqlite_lock import RECENT

PATIENCE = 1.0  # seconds
TOUCH = "UPDATE authberry_user SET name = 'Ada'"


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    """An open database with its tables, on which nobody waits for long."""
    database = Database(f"sqlite://{tmp_path}/authberry.db?busy_timeout={PATIENCE * 1000:.0f}")
    await database.open()
    await database.migrate()
    yield database
    await database.close()


@pytest.fixture
def holder(database: Database) -> Iterator[sqlite3.Connection]:
    """Another process, which has begun to write."""
    assert database.file
    with closing(sqlite3.connect(database.file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield other


async def write(database: Database) -> str:
    """Write past the ORM; returns what came of it."""
    try:
        with database.use():
            await database.write(TOUCH)
    except DatabaseUnavailable as error:
        return str(error)
    return "written"


async def write_in_transaction(database: Database) -> str:
    """Write by the ORM, in a transaction."""
    try:
        with database.use():
            async with database.transaction():
                await person(id=uuid4())
    except DatabaseUnavailable as error:
        return str(error)
    return "written"


async def busy_timeout(database: Database) -> int:
    """Milliseconds that a statement would wait for now."""
    with database.use():
        ((milliseconds,),) = [row.values() for row in await database.fetch("PRAGMA busy_timeout")]
    return int(milliseconds)


async def test_twelve_who_write_at_once_are_told_at_once(
    database: Database, holder: sqlite3.Connection
) -> None:
    """In the time that one waits, and not in twelve times that."""
    began = time.monotonic()
    acts = [act(database) for act in (write, write_in_transaction) for _ in range(6)]
    answers = await asyncio.gather(*acts)
    assert {answer.partition(" ")[0] for answer in answers} == {"SQLITE_BUSY"}
    assert time.monotonic() - began < 5 * PATIENCE


async def test_those_who_wait_are_served_when_the_file_is_free(
    database: Database, holder: sqlite3.Connection
) -> None:
    """All of them: that the first waited long takes nothing from the last."""
    acts = [act(database) for act in (write, write_in_transaction) for _ in range(6)]
    waiting = asyncio.gather(*acts)
    await asyncio.sleep(PATIENCE / 4)
    holder.execute("COMMIT")
    assert await waiting == ["written"] * 12
    with database.use():
        assert await User.all().count() == 6


async def test_patience_comes_back(database: Database, holder: sqlite3.Connection) -> None:
    """Whoever comes while the file is known to be locked waits a little, and later as ever."""
    assert (await write(database)).startswith("SQLITE_BUSY")
    assert await busy_timeout(database) < PATIENCE * 1000 / 2
    holder.execute("COMMIT")
    assert await write(database) == "written"
    await asyncio.sleep(RECENT)
    assert await busy_timeout(database) == PATIENCE * 1000


async def test_somebody_who_hangs_up_in_the_line_keeps_nobody_out(
    database: Database, holder: sqlite3.Connection
) -> None:
    """Nor somebody who hangs up while his wait is being set."""
    for _ in range(5):
        leaving = asyncio.create_task(write_in_transaction(database))
        await asyncio.sleep(0.01)
        leaving.cancel()
        await asyncio.wait([leaving])
    holder.execute("COMMIT")
    assert await write(database) == "written"

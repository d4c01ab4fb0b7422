"""Migrations of an SQLite file that another process writes to: they wait, and say so."""

import asyncio
import logging
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from rows import ALL
from waiting import until

from authberry.models import Database, DatabaseUnavailable


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    """An empty one, whose statements wait for another writer a moment only."""
    database = Database(f"sqlite://{tmp_path}/authberry.db?busy_timeout=10")
    await database.open()
    yield database
    await database.close()


@pytest.fixture
def other(database: Database) -> Iterator[sqlite3.Connection]:
    """Another process that is writing."""
    with closing(sqlite3.connect(str(database.file), isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield connection


async def test_a_migration_waits_for_another_writer_and_says_so(
    database: Database, other: sqlite3.Connection, caplog: pytest.LogCaptureFixture
) -> None:
    """For longer than a server's statement does."""
    caplog.set_level(logging.INFO, "authberry.models")
    migrating = asyncio.create_task(database.migrate())
    await until(lambda: "a migration waits" in [vars(one).get("event") for one in caplog.records])
    (record,) = caplog.records
    assert record.__dict__["for"] == "another process that writes to the file"
    assert not migrating.done()
    other.execute("ROLLBACK")
    assert await migrating == ALL


@pytest.mark.usefixtures("other")
async def test_a_migration_that_gives_up_says_for_whom_it_waited(database: Database) -> None:
    """It leaves nothing half done."""
    with pytest.raises(DatabaseUnavailable) as error:
        await database.migrate(patience=timedelta(0))
    assert str(error.value) == (
        f"the migration {ALL[0]} has waited 0 s for another process that writes to the file."
        " Let that end, and run authberry migrate again"
    )
    assert await database.applied_migrations() == []

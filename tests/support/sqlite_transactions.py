"""An SQLite file that a process writes to in transactions, and another process."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Self

import pytest
from statements import Statements
from table_rows import person

from authberry.models import Database


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
    with closing(sqlite3.connect(database.file, timeout=0, isolation_level=None)) as other:
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

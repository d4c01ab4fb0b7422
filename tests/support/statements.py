"""The SQL statements of a rule, intercepted at the driver, where one can be made to fail."""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any

import aiosqlite
import asyncpg
import pytest

from authberry.models import DatabaseUnavailable
from authberry.models.database.loop_connection import LoopConnection
from authberry.models.database.sqlite_connections import ReadConnection, WouldBlock

Method = Callable[..., Awaitable[Any]]

# Undoing is not broken: what is tried is whether it happens. Nor is the pool's housekeeping, nor
# what listens for changes.
_LEFT_ALONE = (
    "ROLLBACK",
    "SELECT pg_advisory_unlock_all",
    "SELECT WHERE pg_backend_pid() =",  # by which a new connection tells a pooler
    "PRAGMA",
    "LISTEN",
    "SELECT pg_notify",
)


class Statements:
    """Counts statements; one of them can fail as if the database were gone, or be cancelled."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Intercept both drivers; only one of them is in use."""
        self.seen: list[str] = []
        self.delay = 0.0  # seconds before each
        self._broken: int | None = None
        self._answer_is_lost = False
        self._stays = False
        self._hang_up: tuple[int, asyncio.Task[object]] | None = None
        self._before: tuple[int, Callable[[], Awaitable[object]]] | None = None
        self._beside: tuple[int, Callable[[], None]] | None = None
        lost_file = sqlite3.OperationalError("disk I/O error")
        lost_server = asyncpg.ConnectionDoesNotExistError("connection was closed")
        for name in ("execute", "execute_fetchall", "execute_insert", "executescript"):
            self._wrap(monkeypatch, aiosqlite.Connection, name, lost_file)
        for name in ("execute", "execute_fetchall", "execute_insert", "executemany", "fetch"):
            self._wrap(monkeypatch, LoopConnection, name, lost_file)
        for connection in (aiosqlite.Connection, LoopConnection):
            self._wrap(monkeypatch, connection, "commit", lost_file, sql="COMMIT;")
        for name in ("execute", "fetch", "fetchrow", "executemany"):
            self._wrap(monkeypatch, asyncpg.connection.Connection, name, lost_server)
        self._wrap_reader(monkeypatch, lost_file)

    @contextmanager
    def broken(
        self, number: int = 1, *, answer_is_lost: bool = False, stays: bool = False
    ) -> Iterator[None]:
        """Let one statement within fail, whoever hears of it, or also all that follow it."""
        self.seen.clear()
        self._broken, self._answer_is_lost, self._stays = number, answer_is_lost, stays
        try:
            yield
        finally:
            self._broken, self._stays = None, False

    async def hang_up(self, number: int, act: Coroutine[Any, Any, object]) -> bool:
        """Cancel something during one of its statements; False if it has fewer.

        Args:
            number: During which of its statements, counted from 1.
            act: What is done, and cancelled.
        """
        self.seen.clear()
        task = asyncio.create_task(act)
        self._hang_up = number, task
        await asyncio.wait([task])
        self._hang_up = None
        return len(self.seen) >= number

    async def before(
        self, number: int, act: Awaitable[object], meanwhile: Callable[[], Awaitable[object]]
    ) -> bool:
        """Do something and, just before one of its statements, something else; False if too few."""
        self.seen.clear()
        self._before = number, meanwhile
        await act
        was_done, self._before = self._before is None, None
        return was_done

    async def beside(
        self, number: int, act: Awaitable[object], meanwhile: Callable[[], None]
    ) -> bool:
        """Do as `before`, at whatever connection the statement is run; everything stands still.

        Args:
            number: Before which of its statements, counted from 1.
            act: What is done.
            meanwhile: What another process does, which stands still for nobody.
        """
        self.seen.clear()
        self._beside = number, meanwhile
        try:
            await act
        finally:
            was_done, self._beside = self._beside is None, None
        return was_done

    @property
    def has_begun(self) -> bool:
        """Whether a transaction has begun and not ended, so that on SQLite nobody else writes."""
        return self._transaction().count("BEGIN") > self._transaction().count("COMMIT")

    @property
    def has_committed(self) -> bool:
        """Whether one has ended, before the statement that is about to run."""
        return "COMMIT" in self._transaction()

    def _transaction(self) -> list[str]:
        """What begins and ends transactions, from the first beginning on."""
        words = [sql.split(maxsplit=1)[0].rstrip(";") for sql in self.seen[:-1]]
        ends = [word for word in words if word in {"BEGIN", "COMMIT"}]
        return ends[ends.index("BEGIN") :] if "BEGIN" in ends else []

    async def break_(
        self, number: int, act: Awaitable[object], *, answer_is_lost: bool = False
    ) -> bool:
        """Do something that is told that the database is away; returns False if it was not.

        Args:
            number: Which of its statements to break, counted from 1. Where there are fewer, what
                is done succeeds: the caller has tried them all.
            act: What is done.
            answer_is_lost: Let the statement take effect, and fail afterwards.
        """
        self.seen.clear()
        self._broken, self._answer_is_lost = number, answer_is_lost
        try:
            await act
        except DatabaseUnavailable:
            assert len(self.seen) >= number
            return True
        else:
            assert len(self.seen) < number
            return False
        finally:
            self._broken = None

    def _wrap(
        self,
        monkeypatch: pytest.MonkeyPatch,
        connection: type,
        name: str,
        error: Exception,
        sql: str | None = None,
    ) -> None:
        method: Method = getattr(connection, name)

        async def counted(here: object, *arguments: Any, **options: Any) -> Any:
            statement: str = sql or arguments[0]
            if statement.lstrip().startswith(_LEFT_ALONE):
                return await method(here, *arguments, **options)
            self.seen.append(statement)
            await asyncio.sleep(self.delay)
            if self._before and len(self.seen) == self._before[0]:
                meanwhile, self._before = self._before[1], None
                await meanwhile()
            is_broken = self._interrupt()
            if is_broken and not self._takes_effect():
                raise error
            result = await method(here, *arguments, **options)
            if is_broken:
                raise error
            return result

        monkeypatch.setattr(connection, name, counted)

    def _wrap_reader(self, monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
        """What runs at once is a statement too; nobody can hang up in the middle of it."""
        fetch = ReadConnection.fetch

        def counted(here: ReadConnection, sql: str, *values: object) -> list[sqlite3.Row]:
            self.seen.append(sql)
            is_broken = self._interrupt()
            if is_broken and not self._takes_effect():
                raise error
            try:
                rows = fetch(here, sql, *values)
            except WouldBlock:
                self.seen.pop()  # it is another connection's to run it
                raise
            if is_broken:
                raise error
            return rows

        monkeypatch.setattr(ReadConnection, "fetch", counted)

    def _interrupt(self) -> bool:
        """Hang up during this statement, if it is its turn; returns whether it is to be broken."""
        if self._beside and len(self.seen) == self._beside[0]:
            meanwhile, self._beside = self._beside[1], None
            meanwhile()
        if self._hang_up and len(self.seen) == self._hang_up[0]:
            self._hang_up[1].cancel()
        if self._broken is None:
            return False
        return len(self.seen) == self._broken or (self._stays and len(self.seen) > self._broken)

    def _takes_effect(self) -> bool:
        """Whether what fails does so behind its effect: the first to fail, of a lost answer."""
        return self._answer_is_lost and len(self.seen) == self._broken

"""Locks that a migration waits for: who holds them, for how long it waits, and what it then says.

On PostgreSQL whoever reads a table queues behind a migration that waits for it. So each try takes
its locks within `LOCK_TIMEOUT` or gives back all it has, and others go on before the next.
"""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta

import asyncpg
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.exceptions import OperationalError

from authberry.models.database.errors import UNREACHABLE, DatabaseUnavailable
from authberry.models.event_logger import event_logger

logger = event_logger("authberry.models")

PATIENCE = timedelta(minutes=10)
LOCK_TIMEOUT = timedelta(seconds=2)  # less than a server's statement may take
PAUSE = 0.5  # seconds between two tries
LOOK_INTERVAL = 0.1  # seconds between two looks for whom a try waits

STATEMENT_ERRORS = (OperationalError, asyncpg.PostgresError, sqlite3.OperationalError)
"""What a statement of a migration fails with; of SQLite's, Tortoise does not translate all."""

_LOCKED = (asyncpg.LockNotAvailableError, asyncpg.DeadlockDetectedError)
_HOLDERS = """
    SELECT holder.pid, holder.application_name AS name, waiting.locktype AS kind,
      waiting.relation::regclass::text AS relation
    FROM pg_locks AS waiting
    CROSS JOIN LATERAL unnest(pg_blocking_pids(waiting.pid)) AS blocking (pid)
    JOIN pg_stat_activity AS holder ON holder.pid = blocking.pid
    WHERE waiting.pid = $1 AND NOT waiting.granted
    ORDER BY holder.pid LIMIT 1
"""
SOMEBODY = "a lock that another connection holds"
ANOTHER_WRITER = "another process that writes to the file"


def is_locked(error: BaseException) -> bool:
    """Whether a statement failed because somebody else held a lock for too long."""
    cause = _of_driver(error)
    if isinstance(cause, sqlite3.OperationalError):
        return getattr(cause, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_BUSY
    return isinstance(cause, _LOCKED)


def _of_driver(error: BaseException) -> BaseException:
    """The driver's error, which Tortoise hands on as the cause of its own or as its argument."""
    errors = (error.__cause__, *error.args, error)
    return next(one for one in errors if isinstance(one, BaseException))


class LockWait:
    """The tries of one migration, and whom they have waited for."""

    def __init__(self, migration: str, patience: timedelta) -> None:
        """Begin to count the time."""
        self._migration = migration
        self.patience = patience
        self._started = asyncio.get_running_loop().time()
        self._holder: str | None = None

    async def pause(self, error: Exception) -> None:
        """Wait before the next try.

        Raises:
            DatabaseUnavailable: it was tried for too long.
            Exception: the error itself, which is not about a lock.
        """
        if not is_locked(error):
            raise error
        if isinstance(_of_driver(error), sqlite3.Error):
            self._say(ANOTHER_WRITER)
        patience = self.patience.total_seconds()
        if asyncio.get_running_loop().time() - self._started >= patience:
            raise DatabaseUnavailable(
                f"the migration {self._migration} has waited {patience:.0f} s for"
                f" {self._holder or SOMEBODY}. Let that end, and run authberry migrate again"
            ) from error
        await asyncio.sleep(PAUSE)

    @asynccontextmanager
    async def watched(self, looker: BaseDBAsyncClient, pid: int) -> AsyncIterator[None]:
        """Look on another connection for whom the PostgreSQL process `pid` waits, and say so."""
        watch = asyncio.create_task(self._watch(looker, pid))
        try:
            yield
        finally:
            watch.cancel()
            await asyncio.wait([watch])

    async def _watch(self, looker: BaseDBAsyncClient, pid: int) -> None:
        while True:
            await asyncio.sleep(LOOK_INTERVAL)
            with suppress(*UNREACHABLE, *STATEMENT_ERRORS):
                for row in await looker.execute_query_dict(_HOLDERS, [pid]):
                    self._say(_holder(row))

    def _say(self, holder: str) -> None:
        if holder != self._holder:
            self._holder = holder
            logger.info("a migration waits", extra={"migration": self._migration, "for": holder})


def _holder(row: dict[str, object]) -> str:
    process = f"PostgreSQL process {row['pid']}"
    if row["kind"] == "advisory":
        return f"another process that migrates ({process})"
    who = f"{row['name']} ({process})" if row["name"] else process
    if row["kind"] == "virtualxid":
        return f"{who}, whose transaction is open"
    return f"{who}, which holds a lock on {row['relation'] or 'a row'}"

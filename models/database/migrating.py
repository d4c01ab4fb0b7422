"""Bringing the tables of a database up to date, while servers work with it."""

from collections.abc import AsyncIterator
from contextlib import AbstractContextManager, asynccontextmanager
from datetime import timedelta
from typing import Protocol

from authberry.models.database.migration_runner import MigrationRunner


class Migratable(Protocol):
    """A database, as far as migrations go; see `authberry.models.database.database`."""

    is_sqlite: bool

    def use(self) -> AbstractContextManager[None]:
        """Choose it."""

    def migration_runner(self) -> MigrationRunner:
        """Return what applies migrations."""

    def without_limits(self) -> "Migratable":
        """Return the same on connections whose statements take what they take."""

    async def open(self) -> None:
        """Make ready."""

    async def close(self) -> None:
        """Close every connection."""


async def apply_pending(database: Migratable, patience: timedelta) -> list[str]:
    """Apply the migrations that are pending, and return their names; see `Database.migrate`."""
    with database.use():
        runner = database.migration_runner()
        await runner.refuse_later_version()
        if not await runner.pending():
            return []
    async with _migrating(database) as runner:
        return await runner.apply_pending(patience)


@asynccontextmanager
async def _migrating(database: Migratable) -> AsyncIterator[MigrationRunner]:
    """What migrates; PostgreSQL on connections of its own, whose statements have no limit."""
    if database.is_sqlite:
        with database.use():
            yield database.migration_runner()
        return
    beside = database.without_limits()
    try:
        await beside.open()
        with beside.use():
            yield beside.migration_runner()
    finally:
        await beside.close()

"""The database that holds the tables: what state it is in, and bringing its tables up to date."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from authberry.models.database.condition import (
    CONDITION,
    NEEDED,
    Condition,
    condition_from_row,
    condition_of_file,
)
from authberry.models.database.errors import DatabaseUnavailable
from authberry.models.database.migration_locks import PATIENCE
from authberry.models.database.migration_runner import MigrationRunner
from authberry.models.database.opened_database import OpenedDatabase


class Database(OpenedDatabase):
    """One database, with the tables of this service."""

    async def condition(self) -> Condition:
        """Ask whether a server can work with it; what it lacks of migrations is another question.

        Raises:
            DatabaseUnavailable: it does not answer, or its file has been moved away.
        """
        if self._watch:
            self._watch.look()
        with self.use():
            if self.file and self._writer:
                return await condition_of_file(self.file, self._writer, self._patience)
            if self.is_sqlite:
                return Condition()
            return condition_from_row((await self.fetch(CONDITION, *NEEDED))[0])

    async def applied_migrations(self) -> list[str]:
        """Ask the database which migrations it has, oldest first; raises `DatabaseUnavailable`."""
        with self.use():
            return await self.migration_runner().applied()

    async def pending_migrations(self) -> list[str]:
        """Ask the database which migrations it lacks; raises `DatabaseUnavailable`."""
        with self.use():
            return await self.migration_runner().pending()

    async def unknown_migrations(self) -> list[str]:
        """Ask the database which migrations it has that this version does not know.

        While a new version is rolled out the old one goes on, since all it needs is still there.
        """
        with self.use():
            return await self.migration_runner().unknown()

    async def require_migrations(self) -> None:
        """Refuse tables that are behind; raises `DatabaseUnavailable`, which says what to do."""
        if pending := await self.pending_migrations():
            raise DatabaseUnavailable(f"it lacks {', '.join(pending)}: run authberry migrate")

    async def migrate(self, *, patience: timedelta = PATIENCE) -> list[str]:
        """Apply what is pending, each migration whole or not at all, and return the names.

        Processes may start at once: who comes second waits, and finds it done. A migration may take
        as long as it takes.

        Args:
            patience: How long to wait for a lock that somebody else holds.

        Raises:
            DatabaseTooNew: a later version was here; this one does not know what it changed.
            DatabaseUnavailable: it cannot be reached, has tables that no migration made, or is
                locked for too long; the message says by whom.
        """
        with self.use():
            runner = self.migration_runner()
            await runner.refuse_later_version()
            if not await runner.pending():
                return []
        async with self._migrating() as runner:
            return await runner.apply_pending(patience)

    @asynccontextmanager
    async def _migrating(self) -> AsyncIterator[MigrationRunner]:
        """What migrates; PostgreSQL on connections of its own, whose statements have no limit."""
        if self.is_sqlite:
            with self.use():
                yield self.migration_runner()
            return
        # One applies, the other looks for whom it waits.
        database = Database(self._url, pool_size=2, limits_statements=False)
        try:
            await database.open()
            with database.use():
                yield database.migration_runner()
        finally:
            await database.close()

    def migration_runner(self) -> MigrationRunner:
        """What applies migrations; called within `use`."""
        return MigrationRunner(self._context.db())

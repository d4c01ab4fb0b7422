"""Migrations applied to a database, and what it says of those it has."""

import pkgutil
from contextlib import suppress

import asyncpg
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.exceptions import OperationalError
from tortoise.migrations.executor import MigrationExecutor
from tortoise.migrations.recorder import MigrationRecorder

from authberry.models import migrations
from authberry.models.database.errors import DatabaseTooNew, DatabaseUnavailable
from authberry.models.database.tortoise_context import CONNECTION, LABEL, tortoise_apps
from authberry.models.database.transactions import transaction
from authberry.models.tortoise_internals import schema_editor

APPS = tortoise_apps(CONNECTION)

_LOCK = "SELECT pg_advisory_xact_lock(hashtext('authberry_migrations'))"
_TABLES_EXIST = (
    "it has tables of these names that no migration made. Was it generate_schemas? Let it run"
    " after this."
)


def known_migrations() -> list[str]:
    """Return the names of all there are, oldest first."""
    return sorted(module.name for module in pkgutil.iter_modules(migrations.__path__))


class MigrationRunner:
    """Migrations on one connection. Called within `Database.use`, which translates its errors."""

    def __init__(self, connection: BaseDBAsyncClient) -> None:
        """Remember the connection."""
        self._connection = connection
        self._is_sqlite = connection.capabilities.dialect == "sqlite"

    async def applied(self) -> list[str]:
        """Ask the database which migrations it has, oldest first."""
        # The recorder takes every error for "none yet".
        await self._connection.execute_query("SELECT 1")
        keys = await MigrationRecorder(self._connection).applied_migrations()
        return [key.name for key in keys if key.app_label == LABEL]

    async def pending(self) -> list[str]:
        """Ask the database which migrations it lacks, oldest first."""
        applied = await self.applied()
        return [name for name in known_migrations() if name not in applied]

    async def unknown(self) -> list[str]:
        """Ask the database which migrations it has that this version does not know."""
        known = known_migrations()
        return [name for name in await self.applied() if name not in known]

    async def apply_pending(self) -> list[str]:
        """Apply what is pending, each migration whole or not at all, and return the names.

        Processes may start at once: each migration is one script under a lock, and who comes second
        finds it done.

        Raises:
            DatabaseTooNew: a later version was here; this one does not know what it changed.
            DatabaseUnavailable: there are tables of these names that no migration made.
        """
        if unknown := await self.unknown():
            raise DatabaseTooNew(f"the database is newer than this version: {', '.join(unknown)}")
        applied = []
        while pending := await self.pending():
            try:
                await self._apply(pending[0])
            except (OperationalError, asyncpg.PostgresError) as error:
                if pending[0] in await self.pending():
                    if "already exists" in str(error):
                        raise DatabaseUnavailable(_TABLES_EXIST) from error
                    raise
            else:
                applied.append(pending[0])
        return applied

    async def _apply(self, name: str) -> None:
        await self._create_record()
        script = await self._script(name)
        try:
            await self._connection.execute_script(script)
        except BaseException:
            if self._is_sqlite:
                with suppress(OperationalError):  # it had not begun
                    # Not as a script: Python commits before it runs one.
                    await self._connection.execute_query("ROLLBACK")
            raise

    async def _script(self, name: str) -> str:
        """Write one migration and the record of it as one transaction."""
        statements = await MigrationExecutor(self._connection, APPS).collect_sql(LABEL, name)
        record = (
            "INSERT INTO tortoise_migrations (app, name, applied_at)"  # noqa: S608 - a file's name
            f" VALUES ('authberry', '{name}', CURRENT_TIMESTAMP)"
        )
        script = [*(line.rstrip("; \n") for line in statements), record]
        # PostgreSQL takes a script of several statements for one transaction.
        whole = ["BEGIN IMMEDIATE", *script, "COMMIT"] if self._is_sqlite else [_LOCK, *script]
        return ";\n".join(whole) + ";"

    async def _create_record(self) -> None:
        """Make the table of what was applied, under the lock: IF NOT EXISTS alone is not enough."""
        async with transaction() as connection:
            if not self._is_sqlite:
                await connection.execute_query(_LOCK)
            executor = MigrationExecutor(connection, APPS)
            await executor.recorder.ensure_schema(schema_editor(executor))

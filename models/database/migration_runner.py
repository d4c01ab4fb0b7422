"""Migrations applied to a database, and what it says of those it has."""

import pkgutil
from contextlib import suppress
from datetime import timedelta

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.exceptions import OperationalError
from tortoise.migrations.executor import MigrationExecutor

from authberry.models import migrations
from authberry.models.database.errors import DatabaseTooNew, DatabaseUnavailable
from authberry.models.database.index_builds import build_indexes
from authberry.models.database.migration_locks import (
    LOCK_TIMEOUT,
    PATIENCE,
    STATEMENT_ERRORS,
    LockWait,
)
from authberry.models.database.tables import MIGRATIONS
from authberry.models.database.tortoise_context import CONNECTION, LABEL, tortoise_apps
from authberry.models.database.transactions import transaction
from authberry.models.tortoise_internals import schema_editor

APPS = tortoise_apps(CONNECTION)

_BEGIN = (
    f"SELECT set_config('lock_timeout', '{LOCK_TIMEOUT // timedelta(milliseconds=1)}', true),"
    # Which an operator may have set for the role.
    " set_config('statement_timeout', '0', true), pg_backend_pid() AS pid"
)
_LOCK = "SELECT pg_advisory_xact_lock(hashtext('authberry_migrations'))"
_IS_RECORDED = f"""
    SELECT current_schema() IS NOT NULL AS sees_schema,
      to_regclass('{MIGRATIONS}') IS NOT NULL AS is_recorded
"""
_IS_RECORDED_SQLITE = f"""
    SELECT 1 AS sees_schema, COUNT(*) AS is_recorded FROM sqlite_master WHERE name = '{MIGRATIONS}'
"""  # noqa: S608 - a name of ours
_APPLIED = f"SELECT name FROM {MIGRATIONS} WHERE app = '{LABEL}' ORDER BY id"  # noqa: S608 - likewise
_NO_SCHEMA = (
    "this user may use none of the schemas in its search_path. Let the owner of the database run"
    " GRANT USAGE ON SCHEMA for it, or correct the search_path"
)
_TABLES_EXIST = (
    "it has tables of these names that no migration made. Was it generate_schemas? Let it run"
    " after this."
)
_written: dict[tuple[str, str], list[str]] = {}
"""The statements of migrations, by dialect and name, as far as this process has needed them."""


def known_migrations() -> list[str]:
    """Return the names of all there are, oldest first."""
    return sorted(module.name for module in pkgutil.iter_modules(migrations.__path__))


class MigrationRunner:
    """Migrations on one connection. Called within `Database.use`, which translates its errors."""

    def __init__(self, connection: BaseDBAsyncClient) -> None:
        """Remember the connection."""
        self._connection = connection
        self._dialect = connection.capabilities.dialect
        self._is_sqlite = self._dialect == "sqlite"

    async def applied(self) -> list[str]:
        """Ask the database which migrations it has, oldest first.

        Tortoise's own recorder takes every error for "none yet".

        Raises:
            DatabaseUnavailable: this user cannot see whether there are tables.
        """
        query = _IS_RECORDED_SQLITE if self._is_sqlite else _IS_RECORDED
        (found,) = await self._connection.execute_query_dict(query)
        if not found["sees_schema"]:
            raise DatabaseUnavailable(_NO_SCHEMA)
        if not found["is_recorded"]:
            return []
        rows = await self._connection.execute_query_dict(_APPLIED)
        return [row["name"] for row in rows]

    async def pending(self) -> list[str]:
        """Ask the database which migrations it lacks, oldest first."""
        applied = await self.applied()
        return [name for name in known_migrations() if name not in applied]

    async def unknown(self) -> list[str]:
        """Ask the database which migrations it has that this version does not know."""
        known = known_migrations()
        return [name for name in await self.applied() if name not in known]

    async def refuse_later_version(self) -> None:
        """Refuse what this version does not know the tables of; raises `DatabaseTooNew`."""
        if unknown := await self.unknown():
            raise DatabaseTooNew(
                f"a later version has changed its tables: {', '.join(unknown)}."
                " Run that version, or name another database"
            )

    async def apply_pending(self, patience: timedelta = PATIENCE) -> list[str]:
        """Apply what is pending, each migration whole or not at all, and return the names.

        Processes may start at once: each migration is applied under a lock, and who comes second
        finds it done.

        Args:
            patience: How long to wait for a lock that somebody else holds.

        Raises:
            DatabaseTooNew: a later version was here; this one does not know what it changed.
            DatabaseUnavailable: there are tables of these names that no migration made, or the
                patience is over.
        """
        await self.refuse_later_version()
        applied = []
        while pending := await self.pending():
            if await self._apply_once(pending[0], patience):
                applied.append(pending[0])
        return applied

    async def _apply_once(self, name: str, patience: timedelta) -> bool:
        """Apply a migration, unless another process does meanwhile; returns whether it was us."""
        wait = LockWait(name, patience)
        while True:
            try:
                return await (self._run(name) if self._is_sqlite else self._run_locked(name, wait))
            except STATEMENT_ERRORS as error:
                if name not in await self.pending():
                    return False
                if "already exists" in str(error):
                    raise DatabaseUnavailable(_TABLES_EXIST) from error
                await wait.pause(error)

    async def _run(self, name: str) -> bool:
        """Apply a migration to an SQLite file, which everybody locks as a whole."""
        async with transaction() as connection:
            await self._create_record(connection)
        # Python commits before it runs a script.
        script = ["BEGIN IMMEDIATE", *await self._statements(name), "COMMIT"]
        try:
            await self._connection.execute_script(_script(script))
        except BaseException:
            with suppress(OperationalError):  # it had not begun
                await self._connection.execute_query("ROLLBACK")  # not as a script either
            raise
        return True

    async def _run_locked(self, name: str, wait: LockWait) -> bool:
        """Apply a migration to PostgreSQL, after whoever else does; returns whether it was us."""
        await build_indexes(self._connection, name, wait)
        statements = await self._statements(name)
        async with transaction() as connection:
            _, rows = await connection.execute_query(_BEGIN)
            async with wait.watched(self._connection, rows[0]["pid"]):
                await connection.execute_query(_LOCK)
                await self._create_record(connection)
                if name in await MigrationRunner(connection).applied():
                    return False
                await connection.execute_script(_script(statements))
        return True

    async def _statements(self, name: str) -> list[str]:
        """Write one migration and the record of it."""
        record = (
            "INSERT INTO tortoise_migrations (app, name, applied_at)"  # noqa: S608 - a file's name
            f" VALUES ('authberry', '{name}', CURRENT_TIMESTAMP)"
        )
        return [*await self._changes(name), record]

    async def _changes(self, name: str) -> list[str]:
        """Write one migration, once in a process: for each, Tortoise goes through all before it.

        That is 0.3 s for all of them, and they are the same for each database of a dialect.
        """
        key = self._dialect, name
        if key not in _written:
            lines = await MigrationExecutor(self._connection, APPS).collect_sql(LABEL, name)
            _written[key] = [line.rstrip("; \n") for line in lines]
        return _written[key]

    async def _create_record(self, connection: BaseDBAsyncClient) -> None:
        """Make the table of what was applied; on PostgreSQL IF NOT EXISTS alone is not enough."""
        executor = MigrationExecutor(connection, APPS)
        await executor.recorder.ensure_schema(schema_editor(executor))


def _script(statements: list[str]) -> str:
    return ";\n".join(statements) + ";"

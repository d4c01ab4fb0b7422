"""The database that holds the tables: opened, migrated, closed, and known to be away."""

import asyncio
import os
import pkgutil
import sqlite3
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any, cast
from uuid import UUID

import asyncpg
from tortoise.backends.base.config_generator import expand_db_url
from tortoise.context import _current_context
from tortoise.exceptions import DBConnectionError, OperationalError, TransactionManagementError
from tortoise.migrations.executor import MigrationExecutor
from tortoise.migrations.recorder import MigrationRecorder
from tortoise.transactions import in_transaction

from authberry.models import migrations
from authberry.models.at_once import Busy, Reader, Writer
from authberry.models.context import CONNECTION, LABEL, Context, tortoise_apps
from authberry.models.scrubbing import scrub

APPS = tortoise_apps(CONNECTION)
CONNECT_TIMEOUT = 3  # seconds, to reach PostgreSQL
STATEMENT_TIMEOUT = 5  # seconds, for one statement; on SQLite, to wait for another writer

_ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(hashtext('authberry_migrations'))"
_MADE_OTHERWISE = (
    "it has tables of these names that no migration made. Was it generate_schemas? Let it run"
    " after this."
)
_UNREACHABLE = (
    OSError,
    TimeoutError,
    DBConnectionError,
    TransactionManagementError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.ObjectNotInPrerequisiteStateError,
    asyncpg.PostgresConnectionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.OperatorInterventionError,
    asyncpg.TransactionRollbackError,
)


_POOL_OPTIONS = {"minsize", "maxsize", "reset"}

Row = Mapping[str, Any]


class DatabaseUnavailable(Exception):
    """The database cannot be reached, is too slow, or lacks its tables."""


class DatabaseTooNew(Exception):
    """A later version of this software has changed the tables."""


class Database:
    """One database, opened lazily and held by its owner, so that a process can hold several.

    Tortoise finds its connection through a context variable. `use` sets it for one rule and puts
    the former one back, so that a host which runs Tortoise itself keeps its own.
    """

    def __init__(self, url: str, *, pool_size: int = 10) -> None:
        """Remember where the database is.

        Args:
            url: `sqlite://path`, `postgres://...` or `postgresql://...`.
            pool_size: How many PostgreSQL connections at most; SQLite has one a process.
        """
        self._config = _connection_config(url, pool_size)
        self.is_sqlite = self._config["engine"].endswith("sqlite")
        self._context = Context(self._config)
        self._reader = Reader(self.file) if self.file else None
        self._writer = Writer(self.file) if self.file else None

    @property
    def file(self) -> Path | None:
        """The SQLite file; None on PostgreSQL or in memory."""
        path = self._config["credentials"].get("file_path", ":memory:")
        return None if path == ":memory:" else Path(path)

    async def open(self) -> None:
        """Make ready. PostgreSQL may be down for now: the first statement connects to it.

        Raises:
            DatabaseUnavailable: the SQLite file cannot be opened.
            OtherDialect: a host has our tables in another kind of database.
        """
        with self.use():
            if self.file and not self.file.exists():
                os.close(os.open(self.file, os.O_CREAT | os.O_RDWR, 0o600))
            await self._context.start()
            if self.is_sqlite:
                # A first statement that cannot connect would keep Tortoise's lock for ever.
                try:
                    await self._context.db().create_connection(with_db=True)
                except BaseException:
                    await self._context.close_connections()  # whose thread outlives the program
                    raise

    async def close(self) -> None:
        """Close every connection."""
        for connection in (self._reader, self._writer):
            if connection:
                connection.close()
        await self._context.close_connections()

    async def fetch(self, sql: str, *values: object) -> list[Row]:
        """Run one statement as it stands, past the query builder; called within `use`."""
        return [*await self._context.db().execute_query_dict(sql, self._bound(values))]

    async def read(self, sql: str, *values: object) -> list[Row]:
        """Run one query that changes nothing, in the quickest way there is; called within `use`."""
        return await self._fetch_at_once(self._reader, sql, values)

    async def write(self, sql: str, *values: object) -> list[Row]:
        """Run one statement that writes a row, likewise; called within `use`, in no transaction."""
        return await self._fetch_at_once(self._writer, sql, values)

    async def _fetch_at_once(
        self, connection: Reader | None, sql: str, values: tuple[object, ...]
    ) -> list[Row]:
        if connection:
            with suppress(Busy):
                return cast("list[Row]", connection.fetch(sql, *self._bound(values)))
        return await self.fetch(sql, *values)

    def _bound(self, values: tuple[object, ...]) -> list[Any]:
        """Values as the driver takes them: SQLite's knows no UUID."""
        if not self.is_sqlite:
            return list(values)
        return [str(value) if isinstance(value, UUID) else value for value in values]

    async def connect(self) -> asyncpg.Connection:
        """Open a PostgreSQL connection beside the pool, for whoever keeps it; the caller closes it.

        Raises:
            DatabaseUnavailable: it cannot be reached.
        """
        credentials = self._config["credentials"]
        options = {key: value for key, value in credentials.items() if key not in _POOL_OPTIONS}
        with self.use():
            return await asyncpg.connect(**options)

    @contextmanager
    def use(self) -> Iterator[None]:
        """Point Tortoise at this database, for the statements within.

        Raises:
            DatabaseUnavailable: a statement within failed for want of a database, not of sense.
            OtherDialect: a host has since prepared our tables for another kind of database.
        """
        self._context.refuse_other_dialect()
        token = _current_context.set(self._context)
        try:
            yield
        except _UNREACHABLE as error:
            raise DatabaseUnavailable(type(error).__name__) from error
        except (OperationalError, sqlite3.OperationalError) as error:
            # Also a constraint that no rule expected, whose own message would quote the row.
            if isinstance(error.__cause__, asyncpg.DataError):
                raise
            raise DatabaseUnavailable(type(error).__name__) from error
        except sqlite3.DatabaseError as error:
            # The class itself, not one of its children: the file is not a database, or is torn.
            if type(error) is not sqlite3.DatabaseError:
                raise
            raise DatabaseUnavailable("the file is not an SQLite database") from error
        finally:
            _current_context.reset(token)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[None]:
        """All statements within, or none. Begin with a write: SQLite cannot upgrade a read."""
        transaction = in_transaction(CONNECTION)
        try:
            connection = await transaction.__aenter__()
            yield
            # Inside, so that a commit that fails is rolled back. Tortoise would leave it open.
            await connection.commit()
        except BaseException:
            # Of a beginning that fails, Tortoise would keep what it holds already: the pooled
            # connection or, on SQLite, the lock that every other statement waits for.
            if hasattr(transaction, "token"):
                with suppress(Exception):
                    await transaction.__aexit__(*sys.exc_info())
            raise
        await transaction.__aexit__(None, None, None)

    async def scrub(self) -> None:
        """Leave nothing of deleted rows in an SQLite file; see `authberry.models.scrubbing`."""
        if self.file:
            await asyncio.to_thread(scrub, self.file, STATEMENT_TIMEOUT)

    def connections(self) -> dict[str, int]:
        """How many PostgreSQL connections are used and idle; SQLite has no pool, and no entries."""
        pool = None if self.is_sqlite else getattr(self._context.db(), "_pool", None)
        if pool is None:
            return {}
        size, idle = pool.get_size(), pool.get_idle_size()
        return {"used": size - idle, "idle": idle}

    async def now(self) -> datetime | None:
        """Ask PostgreSQL for the time by its clock; SQLite has none of its own."""
        if self.is_sqlite:
            return None
        with self.use():
            _, rows = await self._context.db().execute_query("SELECT now() AS now")
            now: datetime = rows[0]["now"]
            return now

    async def pending_migrations(self) -> list[str]:
        """Ask the database which migrations it lacks; raises `DatabaseUnavailable`."""
        applied = await self.applied_migrations()
        return [name for name in _migrations() if name not in applied]

    async def unknown_migrations(self) -> list[str]:
        """Ask the database which migrations it has that this version does not know.

        While a new version is rolled out the old one goes on, since all it needs is still there.
        """
        known = _migrations()
        return [name for name in await self.applied_migrations() if name not in known]

    async def require_migrations(self) -> None:
        """Refuse tables that are behind; raises `DatabaseUnavailable`, which says what to do."""
        if pending := await self.pending_migrations():
            raise DatabaseUnavailable(f"it lacks {', '.join(pending)}: run authberry migrate")

    async def applied_migrations(self) -> list[str]:
        """Ask the database which migrations it has, oldest first; raises `DatabaseUnavailable`."""
        with self.use():
            connection = self._context.db()
            # The recorder takes every error for "none yet".
            await connection.execute_query("SELECT 1")
            keys = await MigrationRecorder(connection).applied_migrations()
            return [key.name for key in keys if key.app_label == LABEL]

    async def migrate(self) -> list[str]:
        """Apply what is pending, each migration whole or not at all, and return the names.

        Processes may start at once: each migration is one script under a lock, and who comes second
        finds it done.

        Raises:
            DatabaseTooNew: a later version was here; this one does not know what it changed.
            DatabaseUnavailable: it cannot be reached.
        """
        if unknown := await self.unknown_migrations():
            raise DatabaseTooNew(f"the database is newer than this version: {', '.join(unknown)}")
        applied = []
        while pending := await self.pending_migrations():
            with self.use():
                try:
                    await self._apply(pending[0])
                except (OperationalError, asyncpg.PostgresError) as error:
                    if pending[0] in await self.pending_migrations():
                        if "already exists" in str(error):
                            raise DatabaseUnavailable(_MADE_OTHERWISE) from error
                        raise
                else:
                    applied.append(pending[0])
        return applied

    async def _apply(self, name: str) -> None:
        await self._prepare_record()
        connection = self._context.db()
        executor = MigrationExecutor(connection, APPS)
        statements = await executor.collect_sql(LABEL, name)
        record = (
            "INSERT INTO tortoise_migrations (app, name, applied_at)"  # noqa: S608 - a file's name
            f" VALUES ('authberry', '{name}', CURRENT_TIMESTAMP)"
        )
        script = [*(line.rstrip("; \n") for line in statements), record]
        if self.is_sqlite:
            script = ["BEGIN IMMEDIATE", *script, "COMMIT"]
        else:
            # PostgreSQL takes a script of several statements for one transaction.
            script = [_ONE_AT_A_TIME, *script]
        try:
            await connection.execute_script(";\n".join(script) + ";")
        except BaseException:
            if self.is_sqlite:
                with suppress(OperationalError):  # it had not begun
                    # Not as a script: Python commits before it runs one.
                    await connection.execute_query("ROLLBACK")
            raise

    async def _prepare_record(self) -> None:
        """Make the table of what was applied, under the lock: IF NOT EXISTS alone is not enough."""
        async with self.transaction():
            connection = self._context.db()
            if not self.is_sqlite:
                await connection.execute_query(_ONE_AT_A_TIME)
            executor = MigrationExecutor(connection, APPS)
            await executor.recorder.ensure_schema(executor._schema_editor(atomic=False))  # noqa: SLF001


def _connection_config(url: str, pool_size: int) -> dict[str, Any]:
    config = expand_db_url(url.replace("postgresql://", "postgres://", 1))
    if config["engine"].endswith("sqlite"):
        options: dict[str, Any] = {
            "busy_timeout": STATEMENT_TIMEOUT * 1000,
            # With a write-ahead log this survives a killed process; only a power cut may lose the
            # last commits, and a client then logs in again.
            "synchronous": "NORMAL",
            "secure_delete": "ON",
        }
    else:
        options = {
            "minsize": 1,
            "maxsize": pool_size,
            "timeout": CONNECT_TIMEOUT,
            "command_timeout": STATEMENT_TIMEOUT,
            "reset": _keep_as_it_is,
        }
    credentials = {**options, **config["credentials"]}
    if "sslmode" in credentials:
        # libpq's name, which every hosting provider writes; asyncpg's is another.
        credentials["ssl"] = credentials.pop("sslmode")
    return {**config, "credentials": credentials}


async def _keep_as_it_is(_connection: object) -> None:
    """Give a connection back to the pool with its settings, which no statement of ours changes.

    asyncpg would ask the server to reset them, which costs as much as the statement itself. A
    transaction left open is rolled back all the same.
    """


def _migrations() -> list[str]:
    """The names of all there are, oldest first."""
    return sorted(module.name for module in pkgutil.iter_modules(migrations.__path__))

"""The database that holds the tables: opened, used by one rule at a time, closed."""

import asyncio
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import AbstractAsyncContextManager, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, cast

import asyncpg
from tortoise.exceptions import IntegrityError, OperationalError

from authberry.models.database.condition import (
    CONDITION,
    NEEDED,
    Condition,
    condition_from_row,
)
from authberry.models.database.connection_url import (
    STATEMENT_TIMEOUT,
    connection_config,
    open_connection,
    server_of,
)
from authberry.models.database.errors import ERRORS, DatabaseUnavailable, unavailable
from authberry.models.database.libpq import libpq_environment
from authberry.models.database.loop_connection import LoopConnection
from authberry.models.database.migrating import apply_pending
from authberry.models.database.migration_locks import PATIENCE
from authberry.models.database.migration_runner import MigrationRunner
from authberry.models.database.refusals import RefusalLog
from authberry.models.database.scrubbing import scrub
from authberry.models.database.sqlite_access import SqliteAccess
from authberry.models.database.sqlite_connections import ReadConnection, WouldBlock, sqlite_values
from authberry.models.database.sqlite_file import make_file, problem_of_file
from authberry.models.database.tortoise_context import Context
from authberry.models.database.transactions import transaction
from authberry.models.tortoise_internals import current_context, pool

Row = Mapping[str, Any]

_NOT_OPEN = (
    "the database is not open: hold the `Auth` open while the application runs, in its lifespan,"
    " with `async with auth: yield`"
)

_IN_TRANSACTION = "a transaction has begun; what follows is part of it, and begins none"


class Database:
    """One database, opened lazily and held by its owner, so that a process can hold several.

    Tortoise finds its connection through a context variable. `use` sets it for one rule and puts
    the former one back, so that a host which runs Tortoise itself keeps its own.
    """

    def __init__(self, url: str, *, pool_size: int = 10, limits_statements: bool = True) -> None:
        """Remember where the database is.

        Args:
            url: `sqlite://path`, `postgres://...` or `postgresql://...`.
            pool_size: How many PostgreSQL connections at most; SQLite has one a process.
            limits_statements: Give up on a PostgreSQL statement after some seconds.
        """
        self._url = url
        self._was_opened = False
        self._config = connection_config(url, pool_size, limits_statements=limits_statements)
        self.is_sqlite = self._config["engine"].endswith("sqlite")
        self._context = Context(self._config)
        self._sqlite = SqliteAccess(self.file, self._config["credentials"]) if self.file else None
        self._refusals = RefusalLog()

    @property
    def file(self) -> Path | None:
        """The SQLite file; None on PostgreSQL or in memory."""
        path = self._config["credentials"].get("file_path", ":memory:")
        return None if path == ":memory:" else Path(path)

    @property
    def place(self) -> str:
        """Where it is, for whoever runs the service: a path, or a host and a port; no secret."""
        if self.is_sqlite:
            return str(self.file.absolute()) if self.file else "a database in memory"
        return server_of(self._url)

    def libpq_environment(self) -> dict[str, str]:
        """What PostgreSQL's programs find it by, the password too; see `libpq` beside this."""
        return libpq_environment(self._url)

    @property
    def problem_of_file(self) -> str | None:
        """Why the SQLite file cannot be used, and what to do; None if nothing speaks against it."""
        return problem_of_file(self.file) if self.file else None

    @property
    def has_lost_file(self) -> bool:
        """Whether the SQLite file has been moved away since it was opened; see `file_watch`."""
        return self._sqlite is not None and self._sqlite.problem is not None

    async def open(self) -> None:
        """Make ready. PostgreSQL may be down for now: the first statement connects to it.

        Raises:
            DatabaseUnavailable: the SQLite file cannot be opened.
            OtherDialect: a host has our tables in another kind of database.
        """
        self._was_opened = True
        with self.use():
            if self.file:
                make_file(self.file)
            await self._context.start()
            if self.is_sqlite:
                # A first statement that cannot connect would keep Tortoise's lock for ever.
                try:
                    await self._context.db().create_connection(with_db=True)
                except BaseException:
                    await self._context.close_connections()  # whose thread outlives the program
                    raise
            if self._sqlite:
                self._sqlite.start(self._context.db())

    async def close(self) -> None:
        """Close every connection."""
        if self._sqlite:
            self._sqlite.close()
        await self._context.close_connections()

    async def fetch(self, sql: str, *values: object) -> list[Row]:
        """Run one statement as it stands, past the query builder; called within `use`."""
        driver = self._context.driver.get()
        try:
            if isinstance(driver, LoopConnection):
                return cast("list[Row]", await driver.fetch(sql, self._driver_values(values)))
            return [*await self._context.db().execute_query_dict(sql, self._driver_values(values))]
        except OperationalError as error:
            error.add_note(sql)  # SQLite's own errors do not tell
            raise

    async def read(self, sql: str, *values: object) -> list[Row]:
        """Run one query that changes nothing, on the quickest connection; called within `use`.

        Within a transaction it finds what that has written.
        """
        reader = self._sqlite.reader if self._sqlite else None
        return await self._fetch_at_once(reader, sql, values)

    async def write(self, sql: str, *values: object) -> list[Row]:
        """Run one statement that writes one row, likewise."""
        writer = self._sqlite.writer if self._sqlite else None
        return await self._fetch_at_once(writer, sql, values)

    async def _fetch_at_once(
        self, connection: ReadConnection | None, sql: str, values: tuple[object, ...]
    ) -> list[Row]:
        if connection and self._context.driver.get() is None:
            try:
                return cast("list[Row]", connection.fetch(sql, *self._driver_values(values)))
            except sqlite3.IntegrityError as error:
                raise IntegrityError(error) from error
            except WouldBlock:
                pass
        return await self.fetch(sql, *values)

    def _driver_values(self, values: tuple[object, ...]) -> list[Any]:
        """Values as the driver takes them."""
        return sqlite_values(values) if self.is_sqlite else list(values)

    async def connect(self) -> asyncpg.Connection:
        """Open a PostgreSQL connection beside the pool, for whoever keeps it; the caller closes it.

        Raises:
            DatabaseUnavailable: it cannot be reached.
        """
        with self.use():
            return await open_connection(self._config)

    @contextmanager
    def use(self) -> Iterator[None]:
        """Point Tortoise at this database, for the statements within.

        Raises:
            DatabaseUnavailable: a statement within failed for want of a database, not of sense.
            OtherDialect: a host has since prepared our tables for another kind of database.
            RuntimeError: nobody has opened it; the message is for a host's developer.
        """
        if not self._was_opened:
            raise RuntimeError(_NOT_OPEN)
        if self._sqlite and self._sqlite.problem:
            raise DatabaseUnavailable(self._sqlite.problem)
        self._context.refuse_other_dialect()
        token = current_context.set(self._context)
        try:
            yield
        except ERRORS as error:
            if (refused := unavailable(error)) is None:
                raise
            self._note(refused)
            raise refused from error
        finally:
            current_context.reset(token)

    def _note(self, refused: DatabaseUnavailable) -> None:
        if refused.refusal is None:
            return
        self._refusals.add(refused.refusal)
        if self._sqlite:
            self._sqlite.note(refused.refusal)

    def transaction(self, *, is_long: bool = False) -> AbstractAsyncContextManager[object]:
        """All statements within, or none. Begin with a write: SQLite cannot upgrade a read.

        Args:
            is_long: Whether a statement within may take so long that others are to be served
                meanwhile: it is for more than the rows of one request.

        Raises:
            RuntimeError: this is in a transaction. The end of this one would be the end of that.
        """
        context, held = self._context, None
        if context.driver.get() is not None:
            raise RuntimeError(_IN_TRANSACTION)
        if self._sqlite and not is_long:
            held = self._sqlite.short_transaction(context.db())
        return transaction(held, context.driver)

    @property
    def is_file_held(self) -> bool:
        """Whether this is in a transaction that has had the SQLite file's lock since it began."""
        return isinstance(self._context.driver.get(), LoopConnection)

    async def scrub(self) -> None:
        """Leave nothing of deleted rows in an SQLite file; see `scrubbing` beside this."""
        if self.file:
            await asyncio.to_thread(scrub, self.file, STATEMENT_TIMEOUT)

    def connections(self) -> dict[str, int]:
        """How many PostgreSQL connections are used and idle; SQLite has no pool, and no entries."""
        connections = None if self.is_sqlite else pool(self._context.db())
        if connections is None:
            return {}
        size, idle = connections.get_size(), connections.get_idle_size()
        return {"used": size - idle, "idle": idle}

    async def now(self) -> datetime | None:
        """Ask PostgreSQL for the time by its clock; SQLite has none of its own."""
        if self.is_sqlite:
            return None
        with self.use():
            _, rows = await self._context.db().execute_query("SELECT now() AS now")
            now: datetime = rows[0]["now"]
            return now

    async def condition(self) -> Condition:
        """Ask whether a server can work with it; what it lacks of migrations is another question.

        Raises:
            DatabaseUnavailable: it does not answer, or its file has been moved away.
        """
        if self._sqlite:
            self._sqlite.look()
        with self.use():
            if self._sqlite:
                return await self._sqlite.condition()
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
        return await apply_pending(self, patience)

    def without_limits(self) -> "Database":
        """The same PostgreSQL database, on two connections whose statements take what they take."""
        # One applies migrations, the other looks for whom they wait.
        return Database(self._url, pool_size=2, limits_statements=False)

    def migration_runner(self) -> MigrationRunner:
        """What applies migrations; called within `use`."""
        return MigrationRunner(self._context.db())

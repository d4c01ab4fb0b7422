"""What every rule stands on, handed over as one thing."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Self

from tortoise.exceptions import IntegrityError

from authberry.address_keys import write_keys
from authberry.attempts import Attempts
from authberry.clock import Clock, SystemClock
from authberry.database_clock import DatabaseClock
from authberry.database_problems import explained
from authberry.errors import AuthError
from authberry.events import EventStore, SecurityLog, TransactionEvents
from authberry.metrics import SHARED, Metrics, open_metrics
from authberry.models import Database, Statements
from authberry.models.event_logger import event_logger
from authberry.settings import Settings, SettingsError
from authberry.throttle import Throttle
from authberry.tokens import DeviceTokens

logger = event_logger("authberry.accounts")


def opened_metrics() -> Metrics:
    """Begin to count.

    Raises:
        SettingsError: workers are to count in a folder where no file can be made.
    """
    try:
        return open_metrics()
    except OSError as error:
        raise SettingsError(
            f"PROMETHEUS_MULTIPROC_DIR: names {SHARED}, in which no file can be made"
            f" ({error.strerror}). Make that folder, or remove the variable"
        ) from None


@dataclass(frozen=True, eq=False)
class Resources:
    """The settings, and what is opened and closed with the service. One for each `Auth`."""

    settings: Settings
    database: Database
    statements: Statements
    throttle: Throttle
    attempts: Attempts
    log: SecurityLog
    events: EventStore
    """What `log` has yet to write: to be flushed before events are read."""
    clock: Clock
    metrics: Metrics

    @classmethod
    def of(cls, settings: Settings, clock: Clock | None = None) -> Self:
        """Make them; nothing is opened yet.

        Args:
            settings: What the operator decides.
            clock: For tests. Unless given, time is the database's where that has a clock.

        Raises:
            SettingsError: workers are to count in a folder where no file can be made.
        """
        database = Database(settings.database_url, pool_size=settings.database_pool_size)
        # Processes that share an SQLite file share a machine, and so a clock.
        clock = clock or (SystemClock() if database.is_sqlite else DatabaseClock())
        metrics, statements = opened_metrics(), Statements(database)
        events = EventStore(settings, database, statements, clock)
        log = SecurityLog(metrics, events)
        throttle = Throttle(settings.throttle_url, log)
        devices = DeviceTokens(settings.secrets)
        return cls(
            settings=settings,
            database=database,
            statements=statements,
            throttle=throttle,
            attempts=Attempts(settings, throttle, devices, database, statements),
            log=log,
            events=events,
            clock=clock,
            metrics=metrics,
        )

    async def open(self) -> None:
        """Open the database; in development, bring its tables up to date.

        Raises:
            DatabaseUnavailable: it cannot be reached, or lacks tables: `authberry migrate`.
            DatabaseTooNew: in development, where a later version has changed the tables.
            OtherDialect: a host's Tortoise has our tables in another kind of database.
        """
        with explained(self.database):
            await self.database.open()
            if self.settings.is_production:
                await self.database.require_migrations()
            elif await self.database.migrate():
                await self._write_address_keys()
            if isinstance(self.clock, DatabaseClock):
                await self.clock.follow(self.database)

    @asynccontextmanager
    async def transaction(
        self, *, conflict: type[AuthError] | None = None, is_long: bool = False
    ) -> AsyncIterator[TransactionEvents]:
        """All statements within, and the events that are recorded with them, or none.

        Begin with a write: SQLite cannot upgrade a read.

        Args:
            conflict: What it means that a constraint refuses one of them.
            is_long: As `Database.transaction`.

        Raises:
            DatabaseUnavailable: nothing was decided.
        """
        events = TransactionEvents(self.log, self.events)
        with self.database.use():
            try:
                async with self.database.transaction(is_long=is_long):
                    yield events
                    await events.write()
            except IntegrityError:
                if conflict is None:
                    raise
                raise conflict from None
        events.publish()

    async def _write_address_keys(self) -> None:
        keys = await write_keys(self.database)
        if keys.conflicts:
            accounts = [str(conflict.without.id) for conflict in keys.conflicts]
            logger.warning("accounts of one address", extra={"users": accounts})

    async def close(self) -> None:
        """Write the events that are left, and close all connections; they may be opened again."""
        if isinstance(self.clock, DatabaseClock):
            await self.clock.stop()
        await self.throttle.close()
        await self.events.close()
        await self.database.close()

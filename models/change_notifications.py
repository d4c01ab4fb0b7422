"""Notifications from PostgreSQL of every change to a person or a session, and whether they arrive.

Triggers send a notification with each change (see the migration). It arrives within a millisecond,
but a connection on which they no longer arrive does not say so. So what was remembered may be used
only under a *lease*: for some milliseconds from the moment at which a question was sent on the
listening connection that was then answered. The notification of every change committed before that
moment has arrived by the time of the answer, since PostgreSQL sends what is due before it says that
it is done.

Whoever makes a change and waits out one lease before saying so can be sure that no process anywhere
still goes by what was before (Gray and Cheriton, "Leases", 1989). No clocks are compared.
"""

import asyncio
import secrets
import time
from collections.abc import Callable
from contextlib import suppress
from contextvars import Context
from typing import TYPE_CHECKING, Any, TypeAlias

import asyncpg

from authberry.models.database import Database, DatabaseUnavailable
from authberry.models.event_logger import event_logger

if TYPE_CHECKING:
    from asyncpg.pool import PoolConnectionProxy

    ListeningConnection: TypeAlias = asyncpg.Connection | PoolConnectionProxy[Any]

logger = event_logger("authberry.models")

CHANNEL = "authberry_changes"
LEASE = 0.04  # seconds
RENEWAL = 0.015  # seconds into a lease, from which the next one is asked for
RETRY = 1.0  # seconds between two tries to listen
LOST_RETRY = 15.0  # seconds, where a pooler is between: each try holds requests up
TIMEOUT = 1.0  # seconds, for an answer on the listening connection

TRIGGERS = 5
COUNT_TRIGGERS = """
    SELECT count(*) FROM pg_trigger
    WHERE tgname LIKE 'authberry_%' AND tgenabled IN ('O', 'A') AND tgparentid = 0
      AND tgrelid IN (to_regclass('authberry_user'), to_regclass('authberry_refresh_token'))
"""
_IS_LISTENING = f"SELECT '{CHANNEL}' IN (SELECT pg_listening_channels())"


class NotificationsUnavailable(Exception):
    """Notifications do not arrive; the message says why, for the log."""


class NotificationsLost(NotificationsUnavailable):
    """They are sent, and something between keeps them."""


_FAILURES = (
    OSError,
    TimeoutError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    DatabaseUnavailable,
    NotificationsUnavailable,
)


class Changes:
    """One connection that listens for changes, opened when somebody first asks."""

    lease = LEASE
    """Seconds for which a process may go on using what was before a change that is committed."""

    def __init__(self, database: Database, invalidate: Callable[[str | None], None]) -> None:
        """Listen to nothing yet.

        Args:
            database: PostgreSQL.
            invalidate: Called with the id of each person of whom something changed; with None when
                it may have been anybody.
        """
        self._database = database
        self._invalidate = invalidate
        self._connection: asyncpg.Connection | None = None
        self._renewing: asyncio.Task[None] | None = None
        self._renew_at = 0.0
        self._lease_ends_at = 0.0
        self._echo: str | None = None
        self._last_problem: str | None = None

    def is_current(self) -> bool:
        """Whether every change that was committed a lease ago has arrived here."""
        now = time.monotonic()
        if now >= self._renew_at and self._renewing is None:
            # In a context of its own: what becomes of it is nothing of the request that came first.
            self._renewing = asyncio.create_task(self._renew(), context=Context())
        return now < self._lease_ends_at

    async def become_current(self) -> bool:
        """Wait for the lease that is being asked for, though not for long."""
        if self._renewing is not None:
            await asyncio.wait([self._renewing], timeout=LEASE)
        return self.is_current()

    async def close(self) -> None:
        """Stop listening."""
        if self._renewing is not None:
            self._renewing.cancel()
            await asyncio.wait([self._renewing])
        await self._disconnect()

    async def _renew(self) -> None:
        try:
            connection = self._connection or await self._listen()
            asked_at = time.monotonic()
            if not await connection.fetchval(_IS_LISTENING, timeout=TIMEOUT):
                raise NotificationsUnavailable("the connection no longer listens")
            if connection is self._connection:
                self._renew_at = asked_at + RENEWAL
                self._lease_ends_at = asked_at + LEASE
                self._last_problem = None
        except _FAILURES as error:
            await self._disconnect()
            is_lost = isinstance(error, NotificationsLost)
            self._renew_at = time.monotonic() + (LOST_RETRY if is_lost else RETRY)
            cause = str(error) or type(error).__name__
            if cause != self._last_problem:  # said once, however often it is tried
                logger.warning(
                    "changes are not heard of, so every session is read anew",
                    extra={"cause": cause},
                )
            self._last_problem = cause
        finally:
            self._renewing = None

    async def _listen(self) -> asyncpg.Connection:
        connection = await self._database.connect()
        try:
            if await connection.fetchval(COUNT_TRIGGERS) != TRIGGERS:
                raise NotificationsUnavailable("triggers are missing")
            connection.add_termination_listener(self._on_connection_lost)
            await connection.add_listener(CHANNEL, self._on_notification)
            await self._check_delivery()
        except BaseException:
            connection.terminate()
            raise
        self._connection = connection
        return connection

    async def _check_delivery(self) -> None:
        """Send a notification by another connection, and wait for it to arrive here.

        Behind a pooler that gives each transaction another connection it would not.
        """
        self._echo = echo = f"echo {secrets.token_hex(8)}"
        with self._database.use():
            await self._database.fetch("SELECT pg_notify($1, $2)", CHANNEL, echo)
        deadline = time.monotonic() + TIMEOUT
        while self._echo is not None:
            if time.monotonic() > deadline:
                raise NotificationsLost(
                    "notifications do not arrive: is there a pooler in transaction mode?"
                )
            await asyncio.sleep(LEASE / 10)

    def _on_notification(
        self, _connection: "ListeningConnection", _pid: int, _channel: str, payload: object
    ) -> None:
        if payload == self._echo:
            self._echo = None
        elif not str(payload).startswith("echo "):
            self._invalidate(str(payload) or None)

    def _on_connection_lost(self, _connection: object) -> None:
        """Invalidate everything, since no notification will arrive."""
        self._connection = None
        self._lease_ends_at = 0.0
        self._invalidate(None)

    async def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        self._lease_ends_at = 0.0
        self._invalidate(None)
        if connection is not None and not connection.is_closed():
            with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                connection.terminate()

"""The security log: one structured record for each thing that happened.

The names follow the OWASP Logging Vocabulary where it has one. A record holds ids, addresses and
reasons; never a password, a token or a cookie.
"""

import logging
from datetime import datetime
from enum import Enum
from typing import NamedTuple, Protocol
from uuid import UUID

from authberry.client import Client
from authberry.clock import SystemClock
from authberry.metrics import Metrics
from authberry.models.event_logger import event_logger

logger = event_logger("authberry.security")


class Event(Enum):
    """What can happen, with the level it is logged at."""

    REGISTERED = ("registered", logging.INFO)
    LOGIN_SUCCEEDED = ("login_succeeded", logging.INFO)
    LOGIN_FAILED = ("login_failed", logging.WARNING)
    ATTEMPTS_EXCEEDED = ("attempts_exceeded", logging.WARNING)
    TOKEN_REFRESHED = ("token_refreshed", logging.INFO)
    TOKEN_REISSUED = ("token_reissued", logging.DEBUG)
    TOKEN_REFUSED = ("token_refused", logging.WARNING)
    TOKEN_REUSED = ("token_reused", logging.ERROR)
    LOGGED_OUT = ("logged_out", logging.INFO)
    SESSIONS_REVOKED = ("sessions_revoked", logging.INFO)
    PASSWORD_CHANGED = ("password_changed", logging.INFO)
    PASSWORD_CHANGE_FAILED = ("password_change_failed", logging.WARNING)
    PROOF_FAILED = ("proof_failed", logging.WARNING)
    CLIENT_REFUSED = ("client_refused", logging.WARNING)
    PASSWORD_RESET = ("password_reset", logging.INFO)
    EMAIL_VERIFIED = ("email_verified", logging.INFO)
    EMAIL_CHANGE_REQUESTED = ("email_change_requested", logging.INFO)
    EMAIL_CHANGED = ("email_changed", logging.WARNING)
    EMAIL_CHANGE_UNDONE = ("email_change_undone", logging.WARNING)
    PROFILE_CHANGED = ("profile_changed", logging.INFO)
    LINK_REFUSED = ("link_refused", logging.WARNING)
    MAIL_REQUESTED = ("mail_requested", logging.INFO)
    MAIL_SENT = ("mail_sent", logging.INFO)
    MAIL_FAILED = ("mail_failed", logging.WARNING)
    ACCOUNT_EXPORTED = ("account_exported", logging.INFO)
    DELETION_SCHEDULED = ("deletion_scheduled", logging.WARNING)
    DELETION_CANCELLED = ("deletion_cancelled", logging.WARNING)
    ACCOUNT_DELETED = ("account_deleted", logging.WARNING)
    SECOND_FACTOR_ASKED = ("second_factor_asked", logging.INFO)
    SECOND_FACTOR_FAILED = ("second_factor_failed", logging.WARNING)
    REAUTHENTICATED = ("reauthenticated", logging.INFO)
    FACTOR_ADDED = ("factor_added", logging.WARNING)
    FACTOR_REMOVED = ("factor_removed", logging.WARNING)
    RECOVERY_CODE_USED = ("recovery_code_used", logging.WARNING)
    RECOVERY_CODES_REPLACED = ("recovery_codes_replaced", logging.WARNING)
    FACTOR_RESET_SCHEDULED = ("factor_reset_scheduled", logging.WARNING)
    FACTOR_RESET_CANCELLED = ("factor_reset_cancelled", logging.WARNING)
    FACTORS_RESET = ("factors_reset", logging.WARNING)
    USER_DISABLED = ("user_disabled", logging.WARNING)
    USER_ENABLED = ("user_enabled", logging.WARNING)


LOGINS = (Event.LOGIN_SUCCEEDED.value[0], Event.REGISTERED.value[0])
"""The names of those with which somebody gets in for the first time."""


class Entry(NamedTuple):
    """An event on its way to the table."""

    event: Event
    at: datetime
    client: Client
    user_id: UUID | None = None
    session_id: UUID | None = None
    client_id: str | None = None
    reason: str | None = None
    times: int | None = None


class Store(Protocol):
    """Keeps events beside the log; see `authberry.events.store`."""

    def now(self) -> datetime:
        """Return the time."""

    def add(self, entry: Entry) -> None:
        """Take an event in, at once."""


class SecurityLog:
    """Writes the records, counts them and has them stored: all that happened passes here."""

    def __init__(self, metrics: Metrics, store: Store | None = None) -> None:
        """Count in `metrics`, where nothing has happened yet, and store in `store`, if any."""
        self._metrics = metrics
        self._store = store
        self.now = store.now if store else SystemClock().now
        metrics.expect_events(event.value[0] for event in Event)

    def record(
        self,
        event: Event,
        client: Client,
        *,
        user_id: UUID | None = None,
        session_id: UUID | None = None,
        client_id: str | None = None,
        reason: str | None = None,
        count: int | None = None,
    ) -> None:
        """Write one record, and have it stored a little later."""
        named = client_id or client.client_id
        entry = Entry(event, self.now(), client, user_id, session_id, named, reason, count)
        if self._store is not None:
            self._store.add(entry)
        self.publish(entry)

    def publish(self, entry: Entry) -> None:
        """Count an event and write its line, which is all of it but the row."""
        event, client, reason = entry.event, entry.client, entry.reason
        name, level = event.value
        self._metrics.event(name)
        if event is Event.ATTEMPTS_EXCEEDED and reason:
            self._metrics.throttled(reason)
        if not logger.isEnabledFor(level):
            return
        facts = {
            "event": name,
            "user_id": str(entry.user_id) if entry.user_id else None,
            "session_id": str(entry.session_id) if entry.session_id else None,
            "client_id": entry.client_id,
            "reason": reason,
            "count": entry.times,
            "address": client.address,
            "request_id": client.request_id,
        }
        known = {key: value for key, value in facts.items() if value is not None}
        logger.log(level, name, extra=known)

"""The security log: one structured record for each thing that happened.

The names follow the OWASP Logging Vocabulary where it has one. A record holds ids, addresses and
reasons; never a password, a token or a cookie.
"""

import logging
from enum import Enum
from uuid import UUID

from authberry.client import Client
from authberry.metrics import Metrics

logger = logging.getLogger("authberry.security")


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
    USER_DISABLED = ("user_disabled", logging.WARNING)
    USER_ENABLED = ("user_enabled", logging.WARNING)


class SecurityLog:
    """Writes the records, and counts them: what happened is known in one place."""

    def __init__(self, metrics: Metrics) -> None:
        """Count in `metrics`, where nothing has happened yet."""
        self._metrics = metrics
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
        """Write one record."""
        name, level = event.value
        self._metrics.event(name)
        if event is Event.ATTEMPTS_EXCEEDED and reason:
            self._metrics.throttled(reason)
        if not logger.isEnabledFor(level):
            return
        facts = {
            "event": name,
            "user_id": str(user_id) if user_id else None,
            "session_id": str(session_id) if session_id else None,
            "client_id": client_id or client.client_id,
            "reason": reason,
            "count": count,
            "address": client.address,
            "request_id": client.request_id,
        }
        known = {key: value for key, value in facts.items() if value is not None}
        logger.log(level, name, extra=known)

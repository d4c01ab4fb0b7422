"""How far pruning has come."""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Self

PAGE = 250  # rows, which SQLite passes in a millisecond and PostgreSQL in two


class Kind(StrEnum):
    """What is deleted, in the order in which it is due."""

    ACCOUNTS = "accounts"
    FACTOR_RESETS = "factor_resets"
    LINKS = "links"
    PENDING_LOGINS = "pending_logins"
    TRUSTED_DEVICES = "trusted_devices"
    CHALLENGES = "challenges"
    EVENTS = "events"
    KEYS = "keys"
    SESSIONS = "sessions"


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows of a kind, of which those that were over are gone, or carried out."""

    kind: Kind
    deleted: int
    seen: int = 0
    """Sessions looked at."""
    share: float | None = None
    """How much of all sessions has been looked at."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far it has come."""

    sessions: int = 0
    deleted_sessions: int = 0
    deleted_keys: int = 0
    deleted_events: int = 0
    deleted_links: int = 0
    deleted_accounts: int = 0
    deleted_factor_resets: int = 0
    """Those that were carried out."""
    deleted_pending_logins: int = 0
    deleted_trusted_devices: int = 0
    deleted_challenges: int = 0
    share: float = 0
    """Of the walk over sessions, the longest part. Their ids are random, so that one tells."""

    def deleted(self, kind: Kind) -> int:
        """How many of a kind are gone."""
        count: int = getattr(self, f"deleted_{kind}")
        return count

    def after(self, page: Page) -> Self:
        """Add what came of a page."""
        changes: dict[str, Any] = {f"deleted_{page.kind}": self.deleted(page.kind) + page.deleted}
        if page.share is not None:
            changes |= {"sessions": self.sessions + page.seen, "share": page.share}
        return replace(self, **changes)

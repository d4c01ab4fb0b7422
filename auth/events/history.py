"""What happened to an account, for its owner and for the operator."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import AsyncGenerator, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from uuid import UUID

from tortoise.queryset import QuerySet

from authberry.errors import InvalidInput
from authberry.events.ids import first_id
from authberry.events.log import Event
from authberry.events.store import EventStore
from authberry.models import Database, SecurityEvent

MOST = 100
"""How many a page may hold."""
PAGE = 250
"""How many are read at once, where all are."""


class SecurityEventKind(Enum):
    """What owners are shown: not each refresh, and nothing that is nobody's."""

    REGISTERED = Event.REGISTERED.value[0]
    LOGIN_SUCCEEDED = Event.LOGIN_SUCCEEDED.value[0]
    LOGIN_FAILED = Event.LOGIN_FAILED.value[0]
    TOKEN_REFUSED = Event.TOKEN_REFUSED.value[0]
    TOKEN_REUSED = Event.TOKEN_REUSED.value[0]
    LOGGED_OUT = Event.LOGGED_OUT.value[0]
    SESSIONS_REVOKED = Event.SESSIONS_REVOKED.value[0]
    PASSWORD_CHANGED = Event.PASSWORD_CHANGED.value[0]
    PASSWORD_CHANGE_FAILED = Event.PASSWORD_CHANGE_FAILED.value[0]
    PROOF_FAILED = Event.PROOF_FAILED.value[0]
    PASSWORD_RESET = Event.PASSWORD_RESET.value[0]
    EMAIL_VERIFIED = Event.EMAIL_VERIFIED.value[0]
    EMAIL_CHANGE_REQUESTED = Event.EMAIL_CHANGE_REQUESTED.value[0]
    EMAIL_CHANGED = Event.EMAIL_CHANGED.value[0]
    EMAIL_CHANGE_UNDONE = Event.EMAIL_CHANGE_UNDONE.value[0]
    PROFILE_CHANGED = Event.PROFILE_CHANGED.value[0]
    MAIL_SENT = Event.MAIL_SENT.value[0]
    ACCOUNT_EXPORTED = Event.ACCOUNT_EXPORTED.value[0]
    DELETION_SCHEDULED = Event.DELETION_SCHEDULED.value[0]
    DELETION_CANCELLED = Event.DELETION_CANCELLED.value[0]
    SECOND_FACTOR_ASKED = Event.SECOND_FACTOR_ASKED.value[0]
    SECOND_FACTOR_FAILED = Event.SECOND_FACTOR_FAILED.value[0]
    REAUTHENTICATED = Event.REAUTHENTICATED.value[0]
    FACTOR_ADDED = Event.FACTOR_ADDED.value[0]
    FACTOR_REMOVED = Event.FACTOR_REMOVED.value[0]
    RECOVERY_CODE_USED = Event.RECOVERY_CODE_USED.value[0]
    RECOVERY_CODES_REPLACED = Event.RECOVERY_CODES_REPLACED.value[0]
    FACTOR_RESET_SCHEDULED = Event.FACTOR_RESET_SCHEDULED.value[0]
    FACTOR_RESET_CANCELLED = Event.FACTOR_RESET_CANCELLED.value[0]
    FACTORS_RESET = Event.FACTORS_RESET.value[0]
    USER_DISABLED = Event.USER_DISABLED.value[0]
    USER_ENABLED = Event.USER_ENABLED.value[0]


_FOR_OWNER = frozenset({"wrong password", "disabled", "operator"})


def reason_for_owner(event: SecurityEvent) -> str | None:
    """The reason of an event, if it tells its owner something: of a mail, which one it was."""
    is_mail = event.kind == SecurityEventKind.MAIL_SENT.value
    return event.reason if is_mail or event.reason in _FOR_OWNER else None


@dataclass(frozen=True, slots=True)
class Page:
    """Some events, newest first."""

    events: Sequence[SecurityEvent]
    has_more: bool


class EventHistory:
    """Reads what `EventStore` wrote."""

    def __init__(self, database: Database, store: EventStore) -> None:
        """Read from `database`, once `store` has written what it holds."""
        self._database = database
        self._store = store

    async def page(self, user_id: UUID, *, first: int, after: str | None) -> Page:
        """List what a person may see of their own events, newest first.

        Args:
            user_id: Whose.
            first: How many, 1 to 100.
            after: The cursor of the one to go on behind.

        Raises:
            InvalidInput: `first` is out of bounds, or `after` is no cursor.
        """
        if not 1 <= first <= MOST:
            raise InvalidInput("first", f"Ask for 1 to {MOST} events.")
        behind = None if after is None else _position(after)
        await self._store.flush()
        with self._database.use():
            events = SecurityEvent.filter(
                user_id=user_id, kind__in=[kind.value for kind in SecurityEventKind]
            )
            if behind is not None:
                events = events.filter(id__lt=behind)
            found = await events.order_by("-id").limit(first + 1)
        return Page(found[:first], has_more=len(found) > first)

    async def find(self, user_id: UUID, event_id: UUID) -> SecurityEvent | None:
        """Find one of the events that `page` lists; None if this person has no such."""
        await self._store.flush()
        with self._database.use():
            return await SecurityEvent.get_or_none(
                id=event_id, user_id=user_id, kind__in=[kind.value for kind in SecurityEventKind]
            )

    async def logins(self, user_id: UUID, *, newest: int) -> list[SecurityEvent]:
        """List the newest times that a person logged in or registered: from where, by what."""
        await self._store.flush()
        kinds = [SecurityEventKind.LOGIN_SUCCEEDED.value, SecurityEventKind.REGISTERED.value]
        return await self._page(Choice(user_id, kinds), newest, {}, newest_first=True)

    async def walk(
        self, chosen: "Choice", most: int | None = None, *, after: UUID | None = None
    ) -> AsyncGenerator[SecurityEvent, None]:
        """Yield events of anybody, oldest first, for the operator; a page in memory at a time.

        Args:
            chosen: Which.
            most: Only so many, the newest; or those that come next, with `after`. All if None.
            after: Only those behind the event of this id.
        """
        await self._store.flush()
        place = {"id__gt": after} if after else await self._newest(chosen, most)
        while most is None or most > 0:
            size = PAGE if most is None else min(PAGE, most)
            found = await self._page(chosen, size, place)
            for event in found:
                yield event
            if len(found) < size:
                return
            most = most and most - size
            place = {"id__gt": found[-1].id}

    async def _newest(self, chosen: "Choice", most: int | None) -> dict[str, UUID]:
        """Where one begins to have only so many; found by a walk, too."""
        oldest: dict[str, UUID] = {}
        while most:
            size = min(PAGE, most)
            found = await self._page(chosen, size, oldest, newest_first=True)
            if len(found) < size:
                return {}
            most -= size
            oldest = {"id__lt": found[-1].id}
        return {"id__gte": oldest["id__lt"]} if oldest else {}

    async def _page(
        self, chosen: "Choice", size: int, place: dict[str, UUID], *, newest_first: bool = False
    ) -> list[SecurityEvent]:
        found: list[SecurityEvent] = []
        with self._database.use():
            for events in chosen.parts():
                ordered = events.filter(**place).order_by("-id" if newest_first else "id")
                found += await ordered.limit(size)
        return sorted(found, key=lambda event: event.id, reverse=newest_first)[:size]


@dataclass(frozen=True, slots=True)
class Choice:
    """Some of all events."""

    user_id: UUID | None = None
    kinds: Collection[str] = ()
    since: datetime | None = None

    def parts(self) -> list[QuerySet[SecurityEvent]]:
        """Ask for them; of anybody for each kind by itself, since an index has them so."""
        events = SecurityEvent.all()
        if self.since is not None:
            events = events.filter(id__gte=first_id(self.since))
        if self.user_id is not None:
            mine = events.filter(user_id=self.user_id)
            return [mine.filter(kind__in=list(self.kinds)) if self.kinds else mine]
        return [events.filter(kind=kind) for kind in dict.fromkeys(self.kinds)] or [events]


def cursor(event: SecurityEvent) -> str:
    """Name a place in the list, in a form that says nothing to whoever is given it."""
    return urlsafe_b64encode(event.id.bytes).decode().rstrip("=")


def _position(cursor: str) -> UUID:
    try:
        position = UUID(bytes=urlsafe_b64decode(f"{cursor}=="))
    except ValueError:
        raise InvalidInput("after", "This is no cursor of a security event.") from None
    return position

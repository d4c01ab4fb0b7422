"""Everything that is stored about a person, as JSON; see docs/account-export.md."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from tortoise.models import Model

from authberry.client import Client
from authberry.errors import Unauthenticated, UnauthenticatedReason
from authberry.events import Event, EventHistory
from authberry.mail import Outbox
from authberry.models import OneTimeToken, OutboxMessage, RefreshToken, User
from authberry.resources import Resources
from authberry.sessions import Viewer
from authberry.throttle import Budget

FORMAT = 1

ACCOUNT = (
    "id", "email", "email_verified", "name", "locale", "roles", "created_at", "disabled_at",
    "deletes_at",
)  # fmt: skip
SESSION = (
    "id", "transport", "generation", "authenticated_at", "amr", "created_at", "rotated_at",
    "last_used_at", "expires_at", "absolute_expires_at", "user_agent", "ip_address", "revoked_at",
    "revoked_reason",
)  # fmt: skip
EVENT = (
    "id", "kind", "occurred_at", "session_id", "client_id", "reason", "count", "ip_address",
    "user_agent", "request_id",
)  # fmt: skip
LINK = ("id", "purpose", "email", "created_at", "expires_at")
MAIL = ("id", "letter", "attempts", "last_error", "created_at", "expires_at", "due_at")


@dataclass(eq=False)
class AccountExport:
    """Reads all of it."""

    resources: Resources
    outbox: Outbox

    def __post_init__(self) -> None:
        """Read the events as their history has them."""
        self._history = EventHistory(self.resources.database, self.resources.events)

    async def of_viewer(self, viewer: Viewer, client: Client) -> dict[str, Any]:
        """Export the account of the person asking.

        Raises:
            TooManyAttempts: by this person.
        """
        await self.resources.throttle.spend(
            client,
            Budget(self.resources.settings.session_attempts, ("export", str(viewer.user.id))),
        )
        exported = await self._read(viewer.user.id)
        self.resources.log.record(
            Event.ACCOUNT_EXPORTED, client, user_id=viewer.user.id, session_id=viewer.session.id
        )
        return exported

    async def of_user(self, user: User, client: Client) -> dict[str, Any]:
        """Export an account for the operator, who hands it to its owner."""
        exported = await self._read(user.id)
        self.resources.log.record(
            Event.ACCOUNT_EXPORTED, client, user_id=user.id, reason="operator"
        )
        return exported

    async def _read(self, user_id: UUID) -> dict[str, Any]:
        events = await self._history.all_of(user_id)
        with self.resources.database.use():
            user = await User.get_or_none(id=user_id)
            if user is None:
                raise Unauthenticated(UnauthenticatedReason.SESSION_REVOKED)
            sessions = await RefreshToken.filter(user_id=user_id).order_by("created_at", "id")
            links = await OneTimeToken.filter(user_id=user_id).order_by("created_at", "id")
            addresses = {user.email, *(link.email for link in links if link.email)}
            hashes = [one for each in addresses for one in self.outbox.recipient_hashes(each)]
            mails = OutboxMessage.filter(recipient_hash__in=hashes)
            waiting = await mails.order_by("created_at", "id")
        return {
            "format": FORMAT,
            "service": self.resources.settings.public_url,
            "exportedAt": _plain(self.resources.clock.now()),
            "account": {**_facts(user, ACCOUNT), "hasPassword": user.password_hash is not None},
            "sessions": [_facts(session, SESSION) for session in sessions],
            "events": [_facts(event, EVENT) for event in events],
            "links": [_facts(link, LINK) for link in links],
            "mails": [_facts(mail, MAIL) for mail in waiting],
        }


def _facts(row: Model, columns: Iterable[str]) -> dict[str, Any]:
    return {camel(name): _plain(getattr(row, name)) for name in columns}


def camel(name: str) -> str:
    """Name a column as the API names fields."""
    first, *others = name.split("_")
    return first + "".join(word.title() for word in others)


def _plain(value: object) -> object:
    match value:
        case datetime():
            return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        case UUID():
            return str(value)
        case _:
            return value

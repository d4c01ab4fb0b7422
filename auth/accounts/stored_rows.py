"""What is stored about a person, row by row, in an order in which one can stop and go on."""

import binascii
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import AsyncGenerator, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple
from uuid import UUID

from tortoise.expressions import Q
from tortoise.models import Model

from authberry.errors import InvalidInput
from authberry.mail import Outbox
from authberry.models import (
    FactorReset,
    OneTimeToken,
    OutboxMessage,
    Passkey,
    PendingLogin,
    RecoveryCode,
    RefreshToken,
    SecurityEvent,
    Totp,
    TrustedDevice,
    User,
)
from authberry.resources import Resources

PAGE = 250
"""Rows that are read at once: some milliseconds of work, in which nobody else is answered."""

JSON_TEXTS = frozenset({"proofs"})
"""Columns that hold JSON as text."""


class Position(NamedTuple):
    """A row of a person: behind it one goes on."""

    section: str
    id: UUID
    created_at: datetime | None = None
    """None where the order of ids is that of time."""


class StoredRow(NamedTuple):
    """A row as it is exported, and where it stands."""

    position: Position
    facts: dict[str, Any]


@dataclass(frozen=True)
class Section:
    """A table, of which a person has rows."""

    name: str
    model: type[Model]
    columns: tuple[str, ...]
    is_ordered_by_id: bool = False

    @property
    def order(self) -> tuple[str, ...]:
        """Oldest first, and no two rows in one place."""
        return ("id",) if self.is_ordered_by_id else ("created_at", "id")

    def behind(self, position: Position | None) -> Q:
        """Which rows come behind one of them; all, where there is none."""
        if position is None:
            return Q()
        is_later = Q(id__gt=position.id)
        if self.is_ordered_by_id:
            return is_later
        at = position.created_at
        return Q(created_at__gte=at) & (Q(created_at__gt=at) | is_later)

    def of_row(self, row: Any) -> StoredRow:
        """Translate a row."""
        at = None if self.is_ordered_by_id else row.created_at
        return StoredRow(Position(self.name, row.id, at), facts(row, self.columns))


SECTIONS = (
    Section(
        "sessions",
        RefreshToken,
        (
            "id", "transport", "generation", "authenticated_at", "amr", "proofs", "created_at",
            "rotated_at", "last_used_at", "expires_at", "absolute_expires_at", "user_agent",
            "ip_address", "revoked_at", "revoked_reason",
        ),
    ),
    Section(
        "events",
        SecurityEvent,
        (
            "id", "kind", "occurred_at", "session_id", "client_id", "reason", "count", "ip_address",
            "user_agent", "request_id",
        ),
        is_ordered_by_id=True,
    ),
    Section("links", OneTimeToken, ("id", "purpose", "email", "created_at", "expires_at")),
    Section(
        "mails",
        OutboxMessage,
        ("id", "letter", "attempts", "last_error", "created_at", "expires_at", "due_at"),
    ),
    Section("authenticatorApps", Totp, ("id", "name", "created_at", "last_used_at")),
    Section(
        "passkeys",
        Passkey,
        (
            "id", "name", "credential_id", "user_handle", "public_key", "sign_count", "aaguid",
            "transports", "backup_eligible", "backed_up", "user_verified", "created_at",
            "last_used_at",
        ),
    ),
    Section("recoveryCodes", RecoveryCode, ("id", "created_at", "used_at")),
    Section(
        "trustedDevices",
        TrustedDevice,
        ("id", "user_agent", "ip_address", "created_at", "last_used_at", "expires_at"),
    ),
    Section(
        "pendingLogins",
        PendingLogin,
        ("id", "purpose", "transport", "proofs", "attempts", "created_at", "expires_at"),
    ),
    Section("factorResets", FactorReset, ("id", "created_at", "effective_at")),
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class StoredRows:
    """Reads them, a page at a time, however many there are."""

    resources: Resources
    outbox: Outbox

    async def walk(
        self, user: User, behind: Position | None = None
    ) -> AsyncGenerator[StoredRow, None]:
        """Yield every row of a person, oldest first in each section, or those behind one."""
        await self.resources.events.flush()
        names = [section.name for section in SECTIONS]
        first = names.index(behind.section) if behind else 0
        for section in SECTIONS[first:]:
            whose = await self._whose(section, user)
            while page := await self._page(section, whose & section.behind(behind)):
                for row in page:
                    yield row
                behind = page[-1].position
            behind = None

    async def _whose(self, section: Section, user: User) -> Q:
        """Which rows of a table are the person's."""
        if section.model is OutboxMessage:
            return Q(recipient_hash__in=await self._recipient_hashes(user))
        return Q(user_id=user.id)

    async def _recipient_hashes(self, user: User) -> list[str]:
        """What waiting mails to the person have: to their address, and to those of links."""
        with self.resources.database.use():
            links = OneTimeToken.filter(user_id=user.id, email__not_isnull=True)
            addresses = await links.distinct().values_list("email", flat=True)
        return [
            one
            for address in sorted({user.email, *map(str, addresses)})
            for one in self.outbox.recipient_hashes(address)
        ]

    async def _page(self, section: Section, which: Q) -> Sequence[StoredRow]:
        with self.resources.database.use():
            rows = await section.model.filter(which).order_by(*section.order).limit(PAGE)
        return [section.of_row(row) for row in rows]


def cursor(position: Position) -> str:
    """Name a place, in a form that says nothing to whoever is given it."""
    at = position.created_at and position.created_at.isoformat()
    text = json.dumps([position.section, position.id.hex, at])
    return urlsafe_b64encode(text.encode()).decode().rstrip("=")


def position_of(cursor: str) -> Position:
    """Read what `cursor` wrote; raises `InvalidInput` for anything else."""
    try:
        name, id_, at = json.loads(urlsafe_b64decode(f"{cursor}==").decode())
        (section,) = [one for one in SECTIONS if one.name == name]
        created_at = (
            None if section.is_ordered_by_id else datetime.fromisoformat(at).astimezone(UTC)
        )
        return Position(name, UUID(id_), created_at)
    except (ValueError, TypeError, AttributeError, OverflowError, binascii.Error):
        raise InvalidInput("after", "This is no cursor of an export.") from None


def facts(row: Model, columns: Iterable[str]) -> dict[str, Any]:
    """What a row says, named as the API names fields and as JSON writes it."""
    return {camel(name): _fact(name, getattr(row, name)) for name in columns}


def _fact(name: str, value: Any) -> object:
    return json.loads(value) if name in JSON_TEXTS and value else plain(value)


def camel(name: str) -> str:
    """Name a column as the API names fields."""
    first, *others = name.split("_")
    return first + "".join(word.title() for word in others)


def plain(value: object) -> object:
    """Write a value as JSON has it: times in UTC, to the millisecond."""
    match value:
        case datetime():
            return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        case UUID():
            return str(value)
        case _:
            return value

"""What is asked to be mailed, and what comes of it.

An order is kept encrypted, and it is not a mail: who has the address, and what the link is, is
found out when it is sent.
"""

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from authberry.client import Client
from authberry.mail.rendering import MailKind
from authberry.models import OutboxMessage
from authberry.tokens import Sealer, Unreadable


@dataclass(frozen=True, slots=True)
class QueuedMail:
    """What was asked for."""

    letter: MailKind
    to: str = field(repr=False)
    facts: Mapping[str, str] = field(repr=False)
    client: Client


@dataclass(frozen=True, slots=True)
class MailContent:
    """What is to be said, and to whom."""

    to: str = field(repr=False)
    values: Mapping[str, object] = field(repr=False)
    user_id: UUID | None = None
    locale: str | None = None
    """The person's own choice; without one, the request's languages decide."""


Composer = Callable[[QueuedMail], Awaitable[MailContent | None]]
"""Finds out what a letter says; None where nobody gets one."""


class QueuedMailCodec:
    """Seals orders, and opens them again."""

    def __init__(self, server_secrets: Sequence[str]) -> None:
        """Seal with the first of the secrets."""
        self._box = Sealer(server_secrets, "outbox")

    def seal(self, order_id: UUID, order: QueuedMail) -> str:
        """Write an order down so that nobody else can read it, nor put it in another's place."""
        written = {
            "to": order.to,
            "languages": order.client.languages,
            "facts": dict(order.facts),
            "address": order.client.address,
            "request_id": order.client.request_id,
        }
        return self._box.seal(json.dumps(written).encode(), str(order_id))

    def open(self, message: OutboxMessage) -> QueuedMail:
        """Read an order.

        Raises:
            Unreadable: by us, at least: with the secrets that this process has.
        """
        try:
            held = json.loads(self._box.open(message.payload, str(message.id)).plain)
            client = Client(
                address=held["address"], request_id=held["request_id"], languages=held["languages"]
            )
            letter = MailKind(message.letter)
            return QueuedMail(letter, held["to"], held["facts"], client)
        except (KeyError, TypeError, ValueError):
            raise Unreadable from None

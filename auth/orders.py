"""What is asked to be mailed, and what comes of it.

An order is kept encrypted, and it is not a mail: who has the address, and what the link is, is
found out when it is sent.
"""

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from authberry.client import Client
from authberry.letters import Letter
from authberry.models import OutboxMessage
from authberry.sealing import Box, Unreadable


@dataclass(frozen=True, slots=True)
class Order:
    """What was asked for."""

    letter: Letter
    to: str = field(repr=False)
    facts: Mapping[str, str] = field(repr=False)
    client: Client


@dataclass(frozen=True, slots=True)
class Mail:
    """What is to be said, and to whom."""

    to: str = field(repr=False)
    values: Mapping[str, object] = field(repr=False)
    user_id: UUID | None = None
    locale: str | None = None
    """The person's own choice; without one, the request's languages decide."""


Composer = Callable[[Order], Awaitable[Mail | None]]
"""Finds out what a letter says; None where nobody gets one."""


class Orders:
    """Seals orders, and opens them again."""

    def __init__(self, server_secrets: Sequence[str]) -> None:
        """Seal with the first of the secrets."""
        self._box = Box(server_secrets, "outbox")

    def seal(self, order_id: UUID, order: Order) -> str:
        """Write an order down so that nobody else can read it, nor put it in another's place."""
        written = {
            "to": order.to,
            "languages": order.client.languages,
            "facts": dict(order.facts),
            "address": order.client.address,
            "request_id": order.client.request_id,
        }
        return self._box.seal(json.dumps(written).encode(), str(order_id))

    def open(self, message: OutboxMessage) -> Order:
        """Read an order.

        Raises:
            Unreadable: by us, at least: with the secrets that this process has.
        """
        try:
            held = json.loads(self._box.open(message.payload, str(message.id)).plain)
            client = Client(
                address=held["address"], request_id=held["request_id"], languages=held["languages"]
            )
            letter = Letter(message.letter)
            return Order(letter, held["to"], held["facts"], client)
        except (KeyError, TypeError, ValueError):
            raise Unreadable from None

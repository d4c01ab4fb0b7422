"""A queued mail: what is asked to be mailed, and to which address.

It is kept encrypted, and it does not hold what the mail will say: who has the address, and what the
link is, is found out when it is sent.
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

    kind: MailKind
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
"""Finds out what a queued mail says; None where nobody gets one."""


class QueuedMailCodec:
    """Seals queued mails for the database, and opens them again."""

    def __init__(self, server_secrets: Sequence[str]) -> None:
        """Seal with the first of the secrets."""
        self._sealer = Sealer(server_secrets, "outbox")

    def seal(self, mail_id: UUID, queued: QueuedMail) -> str:
        """Encrypt a queued mail, so that nobody else can read it, nor put it in another's place."""
        written = {
            "to": queued.to,
            "languages": queued.client.languages,
            "facts": dict(queued.facts),
            "address": queued.client.address,
            "request_id": queued.client.request_id,
        }
        return self._sealer.seal(json.dumps(written).encode(), str(mail_id))

    def open(self, message: OutboxMessage) -> QueuedMail:
        """Decrypt the queued mail of a row.

        Raises:
            Unreadable: with the secrets that this process has.
        """
        try:
            held = json.loads(self._sealer.open(message.payload, str(message.id)).plain)
            client = Client(
                address=held["address"], request_id=held["request_id"], languages=held["languages"]
            )
            return QueuedMail(MailKind(message.letter), held["to"], held["facts"], client)
        except (KeyError, TypeError, ValueError):
            raise Unreadable from None

"""Asking for a mail by address alone: whoever asks learns nothing, and cannot bomb anybody.

What is asked for is written down, and the rest is found out when the mail is sent; see
`authberry.mail.outbox`. So it is the same answer and the same work whether or not there is an
account.
"""

from dataclasses import dataclass
from datetime import timedelta

from authberry.client import Client
from authberry.email_addresses import AddressForms
from authberry.events import Event
from authberry.mail.outbox import Outbox
from authberry.mail.rendering import MailKind
from authberry.resources import Resources


@dataclass(frozen=True, eq=False)
class MailRequests:
    """Takes requests for mails, so many per account, per network and in all."""

    resources: Resources
    outbox: Outbox

    async def request(
        self, kind: MailKind, email: str, client: Client, *, within: timedelta, **facts: str
    ) -> None:
        """Queue a mail to an address.

        Args:
            kind: Which.
            email: As somebody typed it.
            client: Who asks.
            within: For how long it is of use.
            facts: What its composer needs to know.

        Raises:
            MailUnavailable: no mail is sent here.
            TooManyAttempts: to this address, or from this network.
        """
        self.outbox.require()
        address = AddressForms.of(email).exact
        await self.spend(address, client)
        with self.resources.database.use():
            await self.outbox.put(kind, address, client, within=within, **facts)
        self.outbox.wake()
        self.resources.log.record(Event.MAIL_REQUESTED, client, reason=kind.value)

    async def spend(self, address: str, client: Client) -> None:
        """Count a mail to `address` that `client` asks for; raises `TooManyAttempts`."""
        await self.resources.attempts.mail(address, client)

"""Asking for a mail by address alone: whoever asks learns nothing, and cannot bomb anybody.

What is asked for is written down, and the rest is found out when the mail is sent; see
`authberry.mail.outbox`. So it is the same answer and the same work whether or not there is an
account.
"""

from datetime import timedelta

from authberry import email_addresses
from authberry.client import Client
from authberry.events import Event, SecurityLog
from authberry.mail.outbox import Outbox
from authberry.mail.rendering import MailKind
from authberry.models import Database
from authberry.settings import Settings
from authberry.throttle import Budget, Throttle


class MailRequests:
    """Takes requests for mails, so many per account, per network and in all."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        outbox: Outbox,
        throttle: Throttle,
        log: SecurityLog,
    ) -> None:
        """Compose the rules."""
        self._settings = settings
        self._database = database
        self._outbox = outbox
        self._throttle = throttle
        self._log = log

    async def request(
        self, letter: MailKind, email: str, client: Client, *, within: timedelta, **facts: str
    ) -> None:
        """Order a letter to an address.

        Args:
            letter: Which.
            email: As somebody typed it.
            client: Who asks.
            within: For how long it is of use.
            facts: What its composer needs to know.

        Raises:
            InvalidInput: this is no address.
            MailUnavailable: no mail is sent here.
            TooManyAttempts: to this address, or from this network.
        """
        self._outbox.require()
        address = email_addresses.normalize(email)
        await self.spend(address, client)
        with self._database.use():
            await self._outbox.put(letter, address, client, within=within, **facts)
        self._outbox.wake()
        self._log.record(Event.MAIL_REQUESTED, client, reason=letter.value)

    async def spend(self, address: str, client: Client) -> None:
        """Count a mail to `address` that `client` asks for; raises `TooManyAttempts`.

        The network first: whoever has spent that empties nobody's account.
        """
        settings = self._settings
        await self._throttle.spend(
            client,
            Budget(settings.mail_attempts_per_address, ("mail", "address", client.network)),
            Budget(settings.mail_attempts_per_account, ("mail", "account", address)),
            Budget(settings.mail_attempts_in_all, ("mail", "all")),
        )

"""An account for somebody who comes from a provider: it has no password."""

from dataclasses import dataclass

from authberry.accounts.drafts import Drafts
from authberry.accounts.profile_fields import name_of
from authberry.accounts.reserved_addresses import ReservedAddresses
from authberry.attempts import by_network
from authberry.client import Client
from authberry.errors import InvalidInput, RegistrationClosed
from authberry.events import Event, TransactionEvents
from authberry.links import Links
from authberry.mail import Mail, MailKind
from authberry.models import User
from authberry.resources import Resources
from authberry.settings import LinkPurpose


@dataclass(frozen=True, eq=False)
class ExternalRegistration:
    """Makes accounts whose owners log in at a provider."""

    resources: Resources
    drafts: Drafts
    reserved: ReservedAddresses
    links: Links
    mail: Mail

    @property
    def is_closed(self) -> bool:
        """Whether only the operator makes accounts here."""
        return self.resources.settings.registration == "closed"

    async def draft(
        self, email: str, name: str | None, client: Client, *, is_verified: bool
    ) -> User:
        """Look at what an account is to have; nothing is written.

        Args:
            email: As the provider writes it.
            name: Likewise; one that nobody can have here is left out.
            client: Where.
            is_verified: Whether the provider has seen to it that the address is theirs.

        Raises:
            RegistrationClosed: only the operator makes accounts here.
            InvalidInput: it is no address that an account can have.
            TooManyAttempts: from this network or, of mails, to this address.
        """
        if self.is_closed:
            raise RegistrationClosed
        attempts = self.resources.settings.register_attempts
        await self.resources.throttle.spend(client, *by_network(attempts, ("register",), client))
        draft = await self.drafts.draft(email, None, _usable(name))
        draft.user.email_verified = is_verified
        if self._asks_for_proof(draft.user):
            await self.mail.requests.spend(draft.user.email, client)
        return draft.user

    async def add(self, user: User, client: Client, events: TransactionEvents) -> None:
        """Write an account, inside a transaction, and the mail that proves its address if wanted.

        That somebody has the address is a conflict of the transaction.

        Raises:
            EmailTaken: somebody may have the address back.
        """
        await self.reserved.add(user)
        if self._asks_for_proof(user):
            lifetime = self.links.lifetime(LinkPurpose.VERIFY_EMAIL)
            await self.mail.outbox.put(MailKind.VERIFY_EMAIL, user.email, client, within=lifetime)
        events.record(Event.REGISTERED, client, user_id=user.id)

    def _asks_for_proof(self, user: User) -> bool:
        settings = self.resources.settings
        is_wanted = settings.email_verification != "off" and settings.sends_mail
        return is_wanted and not user.email_verified


def _usable(name: str | None) -> str | None:
    try:
        return name_of(name)
    except InvalidInput:
        return None

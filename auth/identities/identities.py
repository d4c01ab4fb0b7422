"""The room's services, wired."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from authberry.accounts import Accounts
from authberry.client import Client
from authberry.factors import Factors
from authberry.identities.answers import HeldSecrets
from authberry.identities.arrivals import Arrivals
from authberry.identities.completion import ExternalCompletion
from authberry.identities.confirmation import Confirmation
from authberry.identities.handover import Handover
from authberry.identities.journeys import Journeys
from authberry.identities.linking import Linking
from authberry.identities.pending import PendingExternalLogins
from authberry.identities.return_urls import ReturnUrls
from authberry.links import Links
from authberry.logins import Logins
from authberry.mail import Composer, Mail, MailKind
from authberry.models import User
from authberry.providers import Providers
from authberry.resources import Resources
from authberry.sessions import Sessions


@dataclass(frozen=True, eq=False)
class IdentityFoundations:
    """What logging in at a provider stands on: the rooms below."""

    resources: Resources
    providers: Providers
    sessions: Sessions
    factors: Factors
    links: Links
    mail: Mail
    logins: Logins
    accounts: Accounts


@dataclass(frozen=True, eq=False)
class Identities:
    """Logging in with accounts that people have elsewhere, and linking them to those here."""

    journeys: Journeys
    completion: ExternalCompletion
    confirmation: Confirmation
    handover: Handover
    linking: Linking
    accounts: Accounts

    @classmethod
    def wire(cls, below: IdentityFoundations) -> Self:
        """Build the room's services; what a completed login leads to is handed to `logins`."""
        resources, logins, mail = below.resources, below.logins, below.mail
        pending = PendingExternalLogins(resources)
        journeys = Journeys(resources, below.providers, pending, ReturnUrls(resources.settings))
        linking = Linking(resources, below.providers, below.sessions.living, mail.notices)
        confirmation = Confirmation(resources, pending, linking, logins, mail)
        handover = Handover(
            resources, pending, linking, below.sessions, below.factors, mail, below.links
        )
        arrivals = Arrivals(
            resources,
            pending,
            linking,
            below.accounts.external_registration,
            confirmation,
            handover,
            logins.gate,
            mail,
        )
        logins.completion.then = linking.link_payload
        completion = ExternalCompletion(
            resources, pending, journeys, arrivals, linking, logins.step_up
        )
        return cls(journeys, completion, confirmation, handover, linking, below.accounts)

    @property
    def composers(self) -> Mapping[MailKind, Composer]:
        """What says what is in the mails of this room."""
        return self.handover.composers

    async def verify_email(self, token: str, held: HeldSecrets, client: Client) -> User:
        """Take an address for proved, by whichever link proves it.

        Raises:
            InvalidToken: the link is not good, or not here.
            TooManyAttempts: from this network.
        """
        row = await self.handover.find(token)
        if row is None:
            return await self.accounts.verification.verify(token, client)
        return await self.handover.carry_out(row, held, client)

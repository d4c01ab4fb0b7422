"""Somebody has come from a provider to log in: whose account it is, and what follows.

| is it linked? | is there an account of the address? | has the provider seen to the address? | |
|---|---|---|---|
| yes | | | to the gate |
| no | no | yes | a new account, its address proved |
| no | no | no | a new account, its address to be proved |
| no | yes, proved | | a proof of that account is asked for |
| no | yes, not proved | | a mail to the address; see `handover` |

Nobody is let in, and nothing is linked, for an address alone (OpenID Connect Core 1.0, section
5.7).
"""

from dataclasses import dataclass, replace

from authberry.accounts import ExternalRegistration
from authberry.client import Client
from authberry.email_addresses import AddressForms
from authberry.errors import (
    NO_ADDRESS,
    EmailTaken,
    ExternalLoginFailed,
    InvalidCredentials,
    InvalidInput,
    InvalidProof,
    RegistrationClosed,
)
from authberry.identities.answers import Answered
from authberry.identities.confirmation import Confirmation
from authberry.identities.handover import Handover
from authberry.identities.linking import Linking
from authberry.identities.outcomes import ExternalOutcome, MailSent
from authberry.identities.pending import PendingExternalLogins
from authberry.logins import Gate, can_prove_afresh
from authberry.mail import Mail, MailKind
from authberry.models import ExternalIdentity, User
from authberry.providers import ExternalAccount
from authberry.resources import Resources
from authberry.settings import LinkPurpose
from authberry.signing import Proof

TRIES = 3
"""How often it is looked again, where somebody else has just done what was to be done."""


@dataclass(frozen=True, eq=False)
class Arrivals:
    """Lets those in who come from a provider, or says what else is wanted."""

    resources: Resources
    pending: PendingExternalLogins
    linking: Linking
    registration: ExternalRegistration
    confirmation: Confirmation
    handover: Handover
    gate: Gate
    mail: Mail

    async def arrive(
        self, answered: Answered, account: ExternalAccount, client: Client
    ) -> ExternalOutcome:
        """Log somebody in, or say what is wanted before that.

        Raises:
            InvalidTicket: it is over, or another request has finished it.
            InvalidProof: the account is disabled.
            ExternalLoginFailed: there is no address that an account could have.
            RegistrationClosed: there is no account, and only the operator makes them.
            MailUnavailable: a mail would have to be sent, and none is here.
            TooManyAttempts: to this account, from this network, or of mails.
        """
        for _ in range(TRIES):
            try:
                return await self._arrive(answered, account, client)
            except EmailTaken:  # just now, by the same person perhaps; or it is kept for somebody
                continue
        raise ExternalLoginFailed(NO_ADDRESS)

    async def _arrive(
        self, answered: Answered, account: ExternalAccount, client: Client
    ) -> ExternalOutcome:
        with self.resources.database.use():
            # In this order: of an account that is made just now, its identity is seen as well.
            spellings = AddressForms.of(account.email or "").spellings
            owner = await self.resources.statements.users.by_email(spellings)
            identity = await self.linking.find(account)
        if identity is not None:
            return await self._log_in(answered, identity, account, client)
        if not account.email:
            raise ExternalLoginFailed(NO_ADDRESS)
        if self.registration.is_closed and (owner is None or self._keeps_secret(account)):
            raise RegistrationClosed
        if owner is None:
            return await self._register(answered, account, client)
        if not owner.email_verified:
            return await self.handover.ask(answered, owner, account, client)
        if self._keeps_secret(account):
            return await self._tell_by_mail(answered, owner, account, client)
        return await self.confirmation.ask(answered, owner, account, client)

    async def _log_in(
        self,
        answered: Answered,
        identity: ExternalIdentity,
        account: ExternalAccount,
        client: Client,
    ) -> ExternalOutcome:
        user = identity.user
        await self.resources.attempts.entry(user.id, client)
        if user.disabled_at is not None:
            raise InvalidProof
        if self._has_to_prove(user):
            return await self._mail_link(answered, user, client)
        await self.gate.second_factors.resets.carry_out(user, client)
        async with self.resources.transaction() as events:
            await self.resources.statements.users.hold(user.id)
            await self.pending.use(answered)
            await self.linking.touch(identity, account)
            proof = await self._dated(account, identity)
            try:
                entered = await self.gate.enter_within(
                    user, client, answered.transport, proof, events, reason="provider"
                )
            except InvalidCredentials:
                raise InvalidProof from None
        return await self.gate.complete(entered)

    async def _dated(self, account: ExternalAccount, identity: ExternalIdentity) -> Proof:
        """Return what was proved, and when: a session that somebody has there is no proof of now.

        Of a provider that does not say when, it is known that its owner was there when they linked
        it. Whoever can prove who they are by nothing else is believed to have done so just now.
        """
        proved_at = account.authenticated_at
        if proved_at is None and await can_prove_afresh(self.resources, identity.user):
            proved_at = identity.created_at
        return replace(account.proof, proved_at=proved_at)

    async def _register(
        self, answered: Answered, account: ExternalAccount, client: Client
    ) -> ExternalOutcome:
        is_verified = account.email_verified
        try:
            user = await self.registration.draft(
                account.email or "", account.name, client, is_verified=is_verified
            )
        except InvalidInput:
            raise ExternalLoginFailed(NO_ADDRESS) from None
        entered = None
        async with self.resources.transaction(conflict=EmailTaken) as events:
            await self.pending.use(answered)
            await self.registration.add(user, client, events)
            await self.linking.add(user, account, is_proved=is_verified)
            if not self._has_to_prove(user):
                entered = await self.gate.enter_registered(
                    user, client, answered.transport, account.proof, events
                )
        self.mail.outbox.wake()
        return MailSent() if entered is None else await self.gate.complete(entered)

    async def _mail_link(self, answered: Answered, user: User, client: Client) -> MailSent:
        """Mail the link that proves the address once more."""
        await self.mail.requests.spend(user.email, client)
        lifetime = self.handover.links.lifetime(LinkPurpose.VERIFY_EMAIL)
        async with self.resources.transaction():
            await self.pending.use(answered)
            await self.mail.outbox.put(MailKind.VERIFY_EMAIL, user.email, client, within=lifetime)
        self.mail.outbox.wake()
        return MailSent()

    async def _tell_by_mail(
        self, answered: Answered, owner: User, account: ExternalAccount, client: Client
    ) -> MailSent:
        """Answer as if there were no account, and tell its owner."""
        await self.mail.requests.spend(owner.email, client)
        async with self.resources.transaction():
            await self.pending.use(answered)
            await self.confirmation.tell(owner, account, client)
        self.mail.outbox.wake()
        return MailSent()

    def _keeps_secret(self, account: ExternalAccount) -> bool:
        """Whether nobody who has not proved an address is told that there is an account of it."""
        return self.resources.settings.email_verification == "required" and (
            not account.email_verified
        )

    def _has_to_prove(self, user: User) -> bool:
        settings = self.resources.settings
        return settings.email_verification == "required" and not user.email_verified

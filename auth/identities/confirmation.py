"""There is an account with the address already: whoever comes proves that it is theirs.

By what logs in to it alone, a password or a passkey. A code of an app does not: it is six digits,
and who comes may be anybody whom a provider believed an address. Guesses count as guesses of the
password do; see `docs/decisions/0003-attempts.md`.
"""

from dataclasses import dataclass

from authberry.attempts import by_network
from authberry.client import Client
from authberry.email_addresses import AddressForms
from authberry.errors import (
    IdentityInUse,
    InvalidCredentials,
    InvalidProof,
    InvalidTicket,
    PasskeyUnknown,
    TooManyAttempts,
)
from authberry.events import Event, TransactionEvents
from authberry.factors import UsedPasskey
from authberry.identities.accounts_at_providers import written
from authberry.identities.answers import Answered, HeldSecrets, Purpose
from authberry.identities.linking import Linking
from authberry.identities.outcomes import Completed, ProofNeeded
from authberry.identities.pending import LIFETIME, PendingExternalLogins
from authberry.logins import Entered, Logins, PresentedProof
from authberry.mail import Mail
from authberry.models import User
from authberry.passwords import prepare
from authberry.providers import ExternalAccount
from authberry.resources import Resources
from authberry.sessions import BegunSession
from authberry.signing import PASSWORD_PROOF, Proof


@dataclass(frozen=True, eq=False)
class Confirmation:
    """Asks for a proof of an account, and links what was waiting for it."""

    resources: Resources
    pending: PendingExternalLogins
    linking: Linking
    logins: Logins
    mail: Mail

    async def ask(
        self, answered: Answered, owner: User, account: ExternalAccount, client: Client
    ) -> ProofNeeded:
        """Ask whoever comes for a proof, and tell the owner that somebody has come.

        Raises:
            InvalidTicket: somebody was faster.
        """
        tells = await self._may_mail(owner, client)
        async with self.resources.transaction() as events:
            row = await self.pending.turn(answered, Purpose.CONFIRMATION, owner, LIFETIME)
            if tells:
                await self.tell(owner, account, client)
            events.record(Event.ACCOUNT_LINK_ASKED, client, user_id=owner.id)
        self.mail.outbox.wake()
        return ProofNeeded(answered.ticket, row.expires_at, account.provider, account.email or "")

    async def tell(self, owner: User, account: ExternalAccount, client: Client) -> None:
        """Tell the owner of an account that somebody has come; inside a transaction."""
        name = self.linking.name(account.provider)
        await self.mail.notices.account_link_asked(owner, client, name)

    async def confirm(
        self, ticket: str | None, held: HeldSecrets, presented: PresentedProof, client: Client
    ) -> Completed:
        """Take the proof, link, and log in; or say what else is wanted before that.

        Raises:
            InvalidTicket: nothing waits for a proof here, or it took too long.
            InvalidProof: it is not good; with how many more may be tried.
            InvalidInput: the password is no text, or too long.
            TooManyAttempts: at this account, or from this network.
        """
        with self.resources.database.use():
            answered = await self.pending.find(ticket, held, Purpose.CONFIRMATION)
            left = await self.pending.count_attempt(answered)
        try:
            user, proof, passkey = await self._check(answered, presented, client)
        except InvalidProof:
            raise InvalidProof(left) from None
        await self.resources.attempts.entry(user.id, client)
        await self.logins.second_factors.resets.carry_out(user, client)
        async with self.resources.transaction(conflict=InvalidTicket) as events:
            await self.resources.statements.users.hold(user.id)
            await self.pending.use(answered)
            if passkey is not None:
                await self.logins.step_up.prover.factors.use(passkey)
                await self.logins.second_factors.resets.cancel_within(user, client, events)
            entered = await self._enter(answered, user, proof, client, events)
        self.linking.notices.wake()
        outcome = await self.logins.gate.complete(entered)
        return Completed(outcome, answered.transport)

    async def _enter(
        self,
        answered: Answered,
        user: User,
        proof: Proof,
        client: Client,
        events: TransactionEvents,
    ) -> Entered:
        """Go to the gate; the link is made with the session, and not before a second factor."""
        account = self.pending.outcome(answered.row)
        try:
            entered = await self.logins.gate.enter_within(
                user,
                client,
                answered.transport,
                proof,
                events,
                reason="account link",
                payload=written(account),
            )
        except InvalidCredentials:
            raise InvalidTicket from None
        if isinstance(entered, BegunSession):
            try:
                await self.linking.link(
                    user, account, client, events, session_id=entered.session.id
                )
            except IdentityInUse:
                raise InvalidTicket from None
        return entered

    async def _check(
        self, answered: Answered, presented: PresentedProof, client: Client
    ) -> tuple[User, Proof, UsedPasskey | None]:
        owner = answered.row.user
        if owner is None:
            raise InvalidTicket
        if presented.password is not None:
            prepared = prepare(presented.password)
            forms = AddressForms.of(owner.email)
            try:
                user = await self.logins.passwords.prove_password(forms, prepared, client)
            except InvalidCredentials:
                raise InvalidProof from None
            if user.id != owner.id:
                raise InvalidTicket
            return user, PASSWORD_PROOF, None
        if presented.passkey is None:
            raise InvalidProof
        return await self._check_passkey(owner, presented.passkey, client)

    async def _check_passkey(
        self, owner: User, answer: object, client: Client
    ) -> tuple[User, Proof, UsedPasskey]:
        limit = self.resources.settings.login_attempts_per_address
        budgets = by_network(limit, ("passkey", "address"), client)
        await self.resources.throttle.spend(client, *budgets)
        try:
            with self.resources.database.use():
                used = await self.logins.step_up.prover.passkey(answer)
        except PasskeyUnknown:
            raise InvalidProof from None
        user = used.passkey.user
        if user.id != owner.id or user.disabled_at is not None:
            raise InvalidProof
        await self.resources.throttle.restore(*budgets)
        return user, used.proof, used

    async def _may_mail(self, owner: User, client: Client) -> bool:
        """Whether one more mail may go; whoever has spent what may keeps nobody from logging in."""
        try:
            await self.mail.requests.spend(owner.email, client)
        except TooManyAttempts:
            return False
        return True

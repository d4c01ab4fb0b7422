"""Logging in by a passkey alone: nothing is typed, and nothing is told of who has one."""

from dataclasses import dataclass

from authberry.attempts import by_network
from authberry.client import Client
from authberry.errors import EmailNotVerified, InvalidCredentials, InvalidProof
from authberry.events import TransactionEvents
from authberry.factors import Ceremony, UsedPasskey
from authberry.logins.gate import Gate
from authberry.logins.proving import Prover
from authberry.resources import Resources
from authberry.sessions import BegunSession, Issued, RefreshTokenTransport


@dataclass(frozen=True, eq=False)
class PasskeyLogins:
    """Lets whoever holds a passkey log in."""

    resources: Resources
    gate: Gate
    prover: Prover

    def begin(self) -> Ceremony:
        """Ask for any passkey of this domain; nothing is written.

        Raises:
            PasskeysImpossible: browsers make none for this service.
        """
        return self.prover.factors.passkeys.begin_login()

    async def login(
        self, answer: object, client: Client, transport: RefreshTokenTransport
    ) -> Issued:
        """Begin a session with the answer of a passkey.

        Raises:
            PasskeyUnknown: there is no such passkey.
            InvalidProof: the answer is not good, or the authenticator has not verified its user.
            InvalidTicket: the challenge is not one of ours, too old, or was answered before.
            EmailNotVerified: the address has to be proved first.
            TooManyAttempts: from this network.
        """
        limit = self.resources.settings.login_attempts_per_address
        budgets = by_network(limit, ("passkey", "address"), client)
        await self.resources.throttle.spend(client, *budgets)
        with self.resources.database.use():
            used = await self.prover.passkey(answer)
        user = used.passkey.user
        await self.resources.attempts.entry(user.id, client)
        if user.disabled_at is not None:
            raise InvalidProof
        settings = self.resources.settings
        if settings.email_verification == "required" and not user.email_verified:
            raise EmailNotVerified
        async with self.resources.transaction() as events:
            begun = await self._begin(used, client, transport, events)
        await self.resources.throttle.restore(*budgets)
        return await self.gate.issue(begun)

    async def _begin(
        self,
        used: UsedPasskey,
        client: Client,
        transport: RefreshTokenTransport,
        events: TransactionEvents,
    ) -> BegunSession:
        user = used.passkey.user
        await self.resources.statements.users.hold(user.id)
        await self.prover.factors.use(used)
        await self.gate.second_factors.resets.cancel_within(user, client, events)
        try:
            return await self.gate.admit(
                user, client, transport, used.proof, events, reason="passkey"
            )
        except InvalidCredentials:
            raise InvalidProof from None

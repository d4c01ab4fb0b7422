"""What stands between a first proof and a session, and asking for it."""

from dataclasses import dataclass
from datetime import datetime

from authberry.client import Client
from authberry.factors import FactorKind, Factors
from authberry.logins.factor_policy import FactorPolicy
from authberry.logins.factor_resets import FactorResets
from authberry.logins.outcomes import EnrollmentNeeded, SecondFactorNeeded, Unfinished
from authberry.logins.pending_logins import PendingLogins, Purpose
from authberry.logins.trusted_devices import TrustedDevices
from authberry.models import HeldFactors, PendingLogin, User
from authberry.resources import Resources
from authberry.sessions import RefreshTokenTransport
from authberry.signing import Proof
from authberry.tokens import AAL2, reaches

ALLOWED = (FactorKind.TOTP, FactorKind.PASSKEY)
"""What somebody can set up who has to."""


@dataclass(frozen=True, eq=False)
class SecondFactors:
    """Decides whether a second factor is wanted. Its callers have chosen the database."""

    resources: Resources
    factors: Factors
    pending: PendingLogins
    devices: TrustedDevices
    policy: FactorPolicy
    resets: FactorResets

    async def missing(self, user: User, client: Client, proof: Proof) -> Purpose | None:
        """What somebody has to do before they are logged in; None if nothing is missing."""
        if reaches(proof.acr, AAL2):
            return None
        held = await self.resources.statements.factors.held(user.id)
        if held.is_empty:
            return self.missing_of_new(user)
        return None if await self.devices.is_trusted(user, client) else Purpose.LOGIN

    def is_wanted(self, held: HeldFactors, client: Client, proof: Proof) -> bool:
        """Whether a second factor is wanted, and nothing has to be looked up for that."""
        return not (held.is_empty or client.trusted_tokens or reaches(proof.acr, AAL2))

    def missing_of_new(self, user: User) -> Purpose | None:
        """Do so for somebody without a factor."""
        return Purpose.ENROLLMENT if self.policy.is_for(user) else None

    async def ask(
        self,
        missing: Purpose,
        user: User,
        transport: RefreshTokenTransport,
        proof: Proof,
        payload: str | None = None,
    ) -> Unfinished:
        """Begin to wait for it; returns what the client is told.

        Args:
            missing: What is wanted.
            user: Who has proved something.
            transport: How the client will hold the refresh token.
            proof: What was proved so far.
            payload: What is to be done with the login once it is complete.
        """
        held = await self.resources.statements.factors.held(user.id)
        if missing is not Purpose.ENROLLMENT:
            return await self.ask_for_second(missing, user, held, transport, proof, payload)
        row, ticket = await self.pending.begin(user, held, transport, proof, missing, payload)
        return self.enrollment(row, ticket)

    def enrollment(self, row: PendingLogin, ticket: str) -> EnrollmentNeeded:
        """Return what somebody is told who has to set a factor up."""
        transport = RefreshTokenTransport(row.transport)
        allowed = ALLOWED if self.resources.settings.has_passkeys else ALLOWED[:1]
        return EnrollmentNeeded(ticket, row.expires_at, transport, allowed, self.deadline)

    async def ask_for_second(
        self,
        purpose: Purpose,
        user: User,
        held: HeldFactors,
        transport: RefreshTokenTransport,
        proof: Proof,
        payload: str | None = None,
    ) -> SecondFactorNeeded:
        """Begin to wait for a second factor, for a login or for something else.

        Args:
            purpose: What it is wanted for.
            user: Who has proved something.
            held: What they have; if that changes, it is over.
            transport: How the client holds what it is told.
            proof: What was proved so far.
            payload: What is to be done once it is proved, where that is no login.
        """
        kinds = tuple(self.factors.kinds_of(held))
        row, ticket = self.pending.prepare(user, held, transport, proof, purpose, payload)
        passkey = None
        if FactorKind.PASSKEY in kinds:
            passkey = await self.factors.passkeys.begin_second(user, row.id)
        await self.pending.add(row)
        return SecondFactorNeeded(ticket, row.expires_at, transport, kinds, passkey)

    @property
    def deadline(self) -> datetime | None:
        """Until when it can be put off to set a factor up; None once it can't."""
        since = self.policy.since
        return since if since and since > self._now else None

    @property
    def _now(self) -> datetime:
        return self.resources.clock.now()

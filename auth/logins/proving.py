"""One proof of who somebody is: the same kinds wherever one is asked for."""

from dataclasses import dataclass, field
from uuid import UUID

from authberry.errors import InvalidInput, InvalidProof, PasskeyUnknown
from authberry.factors import Factors, UsedFactor, UsedPasskey
from authberry.models import User
from authberry.passwords import PasswordHasher, prepare
from authberry.signing import PASSWORD_PROOF, Proof


@dataclass(frozen=True, slots=True)
class PresentedProof:
    """What a client presents: exactly one of these."""

    password: str | None = field(default=None, repr=False)
    totp_code: str | None = field(default=None, repr=False)
    recovery_code: str | None = field(default=None, repr=False)
    passkey: object = field(default=None, repr=False)
    """What `navigator.credentials.get` answered."""

    def require_well_formed(self) -> None:
        """Refuse, before anything is counted, what can be no proof whoever sends it.

        Raises:
            InvalidInput: there is none of them; or the password is no text, or too long.
        """
        if self == PresentedProof():
            raise InvalidInput("proof", "A proof is one of its fields.")
        if self.password is not None:
            prepare(self.password)


@dataclass(frozen=True, slots=True)
class CheckedProof:
    """One that is good: what it proves, and what is still to be used up."""

    proof: Proof
    factor: UsedFactor | None
    """None for a password, which is good as often as it is right."""


@dataclass(frozen=True, eq=False)
class Prover:
    """Checks proofs.

    Its callers have seen that they are well-formed, have counted the attempt, and have chosen the
    database.
    """

    factors: Factors
    hasher: PasswordHasher

    async def second_factor(self, user: User, presented: PresentedProof, login: UUID) -> UsedFactor:
        """Check a second factor, for a login that waits for one. Nothing is written.

        Raises:
            InvalidProof: it is not good, or is no second factor.
        """
        try:
            found = await self._factor(user, presented, login)
        except PasskeyUnknown:
            raise InvalidProof from None
        if found is None:
            raise InvalidProof
        return found

    async def any(self, user: User, presented: PresentedProof) -> CheckedProof:
        """Check a proof of somebody who is logged in. Nothing is written.

        Raises:
            InvalidProof: it is not good.
            InvalidTicket: as `Passkeys.check`.
        """
        if presented.password is not None:
            prepared = prepare(presented.password)
            if not await self.hasher.verify(user.password_hash, prepared):
                raise InvalidProof
            return CheckedProof(PASSWORD_PROOF, None)
        try:
            found = await self._factor(user, presented, None)
        except PasskeyUnknown:
            raise InvalidProof from None
        if found is None:
            raise InvalidProof
        return CheckedProof(found.proof, found)

    async def passkey(self, answer: object) -> UsedPasskey:
        """Check a passkey that logs in alone. Nothing is written.

        Raises:
            InvalidProof: it is not good, or its authenticator has not verified its user.
            InvalidTicket, PasskeyUnknown: as `Passkeys.check`.
        """
        used = await self.factors.passkeys.check(answer)
        if not used.is_enough:
            raise InvalidProof
        return used

    async def _factor(
        self, user: User, presented: PresentedProof, login: UUID | None
    ) -> UsedFactor | None:
        if presented.totp_code is not None:
            return await self.factors.totp.check(user, presented.totp_code)
        if presented.recovery_code is not None:
            return await self.factors.recovery_codes.check(user, presented.recovery_code)
        if presented.passkey is not None:
            return await self.factors.passkeys.check(presented.passkey, user=user, login=login)
        return None

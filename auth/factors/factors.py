"""The factors of a person together: which there are, and adding, renaming and removing them."""

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import Enum
from typing import Self, TypeAlias
from uuid import UUID

from authberry.errors import FactorNotFound, InvalidInput
from authberry.factors.passkeys import Passkeys, UsedPasskey
from authberry.factors.recovery_codes import RecoveryCodes, UsedRecoveryCode
from authberry.factors.totp import TotpApps, UsedCode
from authberry.models import FactorReset, HeldFactors, Passkey, RecoveryCode, Totp, User
from authberry.passwords import Passwords
from authberry.resources import Resources

Factor: TypeAlias = Totp | Passkey
UsedFactor: TypeAlias = UsedCode | UsedRecoveryCode | UsedPasskey
NAME_MAX = 100
MOST = 20
"""How many apps and passkeys one person may have: a code that is typed is tried at each app."""


class FactorKind(Enum):
    """What can be a second factor."""

    TOTP = "TOTP"
    PASSKEY = "PASSKEY"
    RECOVERY_CODE = "RECOVERY_CODE"


@dataclass(frozen=True, eq=False)
class Factors:
    """Apps, passkeys and recovery codes."""

    resources: Resources
    totp: TotpApps
    passkeys: Passkeys
    recovery_codes: RecoveryCodes

    @classmethod
    def wire(cls, resources: Resources, passwords: Passwords) -> Self:
        """Build the room's services."""
        return cls(
            resources,
            TotpApps(resources),
            Passkeys(resources),
            RecoveryCodes(resources, passwords.hasher),
        )

    async def of(self, user_id: UUID) -> list[Factor]:
        """List somebody's apps and passkeys, the oldest first; within `Database.use`."""
        apps: list[Factor] = [*await Totp.filter(user_id=user_id)]
        keys: list[Factor] = [*await Passkey.filter(user_id=user_id)]
        return sorted(apps + keys, key=lambda factor: (factor.created_at, factor.id))

    async def require_room(self, user: User) -> None:
        """Refuse one factor more than there may be, inside the transaction that adds it.

        Raises:
            InvalidInput: there are as many.
        """
        if len(await self.of(user.id)) >= MOST:
            raise InvalidInput("ticket", f"An account may have {MOST} apps and passkeys at most.")

    @staticmethod
    def kinds_of(held: HeldFactors) -> list[FactorKind]:
        """List what can be proved a second time by what somebody has; empty without a factor."""
        kinds = {
            FactorKind.TOTP: held.totps,
            FactorKind.PASSKEY: held.passkeys,
            FactorKind.RECOVERY_CODE: held.recovery_codes,
        }
        return [] if held.is_empty else [kind for kind, count in kinds.items() if count]

    async def basis(self, user: User) -> str:
        """Return a digest of password and factors: what rests on it ends when either changes."""
        return self.basis_of(user, await self.resources.statements.factors.held(user.id))

    @staticmethod
    def basis_of(user: User, held: HeldFactors) -> str:
        """Do so for somebody and what they have."""
        parts = [user.password_hash or "", *held.ids]
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()

    async def use(self, used: UsedFactor) -> None:
        """Use up what was proved, inside a transaction.

        Raises:
            InvalidProof, InvalidTicket: it was used before.
        """
        uses: dict[type, Callable[..., Awaitable[None]]] = {
            UsedCode: self.totp.use,
            UsedRecoveryCode: self.recovery_codes.use,
            UsedPasskey: self.passkeys.use,
        }
        await uses[type(used)](used)

    async def rename(self, user: User, factor_id: str, name: str) -> Factor:
        """Give an app or a passkey another name; within `Database.use`.

        Raises:
            FactorNotFound: the person has none of this id.
            InvalidInput: the name is empty or too long.
        """
        name = checked_name(name)
        factor = next((one for one in await self.of(user.id) if str(one.id) == factor_id), None)
        if factor is None:
            raise FactorNotFound
        factor.name = name
        await factor.save(update_fields=["name"])
        return factor

    async def delete(self, factor: Factor) -> None:
        """Delete an app or a passkey; behind the last, recovery codes and a reset that waits, too.

        In a transaction that holds the account. A reset that stayed would take off what its owner
        sets up next.
        """
        if not await type(factor).filter(id=factor.id).delete():
            raise FactorNotFound
        if not await self.of(factor.user_id):
            await RecoveryCode.filter(user_id=factor.user_id).delete()
            await FactorReset.filter(user_id=factor.user_id).delete()

    async def delete_all(self, user: User) -> int:
        """Delete every factor of somebody; returns how many there were.

        In a transaction that holds the account: one that is set up meanwhile goes, too.
        """
        await RecoveryCode.filter(user_id=user.id).delete()
        await FactorReset.filter(user_id=user.id).delete()
        return sum([await model.filter(user_id=user.id).delete() for model in _MODELS.values()])


_MODELS: dict[FactorKind, type[Factor]] = {FactorKind.TOTP: Totp, FactorKind.PASSKEY: Passkey}


def checked_name(name: str) -> str:
    """Return the name of a factor as it is stored.

    Raises:
        InvalidInput: it is empty or too long.
    """
    stripped = name.strip()
    if not 0 < len(stripped) <= NAME_MAX or not stripped.isprintable():
        raise InvalidInput("name", f"A name has 1 to {NAME_MAX} characters that can be seen.")
    return stripped

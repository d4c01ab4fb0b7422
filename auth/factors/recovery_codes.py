"""Recovery codes: ten, on paper, each good once, for whoever has lost their phone.

    7K-2M4QX-9RTVA-3C8       slot 2, secret 13 characters of Crockford's base32: 65 bits

What has fewer than 112 bits is hashed as passwords are (OWASP ASVS 5.0, 6.5.2). The slot says which
of the ten it is to be, so that one try costs one hash.
"""

import asyncio
import secrets
from dataclasses import dataclass
from uuid import uuid4

from authberry.errors import InvalidProof
from authberry.models import RecoveryCode, User
from authberry.passwords import PasswordHasher, prepare
from authberry.resources import Resources
from authberry.signing import ONE_TIME, Proof

COUNT = 10
SLOT, SECRET = 2, 13  # characters
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_MISREAD = str.maketrans("OIL", "011", "- \t")
PROOF = Proof((ONE_TIME,))


@dataclass(frozen=True, slots=True)
class UsedRecoveryCode:
    """A code that fits, and has still to be used."""

    code: RecoveryCode
    proof: Proof = PROOF


@dataclass(frozen=True, eq=False)
class RecoveryCodes:
    """Makes codes, and takes each of them once."""

    resources: Resources
    hasher: PasswordHasher

    async def make(self, user: User) -> tuple[list[str], list[RecoveryCode]]:
        """Return ten codes as they are shown, and their rows, which are still to be saved."""
        slots: set[str] = set()
        while len(slots) < COUNT:
            slots.add(_random(SLOT))
        codes = [slot + _random(SECRET) for slot in sorted(slots)]
        hashes = await asyncio.gather(*(self.hasher.hash(prepare(code)) for code in codes))
        now = self.resources.clock.now()
        rows = [
            RecoveryCode(id=uuid4(), user=user, slot=code[:SLOT], code_hash=one, created_at=now)
            for code, one in zip(codes, hashes, strict=True)
        ]
        return [_spelt(code) for code in codes], rows

    async def replace(self, user: User, rows: list[RecoveryCode]) -> None:
        """Let these be the codes of somebody, and none of before; inside a transaction."""
        await RecoveryCode.filter(user_id=user.id).delete()
        await RecoveryCode.bulk_create(rows)

    async def left(self, user: User) -> int | None:
        """How many are unused; None for somebody who never had any. Within `Database.use`."""
        codes = RecoveryCode.filter(user_id=user.id)
        if left := await codes.filter(used_at=None).count():
            return left
        return 0 if await codes.exists() else None

    async def check(self, user: User, code: str) -> UsedRecoveryCode | None:
        """Find the code that was typed, in the time of one hash; within `Database.use`.

        Nothing is written.
        """
        typed = code[:64].upper().translate(_MISREAD)
        row = None
        if typed.isascii() and len(typed) == SLOT + SECRET:
            row = await RecoveryCode.get_or_none(user_id=user.id, slot=typed[:SLOT], used_at=None)
        prepared = prepare(typed.encode("ascii", "replace").decode().replace("\0", "?"))
        matches = await self.hasher.verify(row.code_hash if row else None, prepared)
        return UsedRecoveryCode(row) if row and matches else None

    async def use(self, used: UsedRecoveryCode) -> None:
        """Use a code up, inside a transaction: of those who do at once, one gets through.

        Raises:
            InvalidProof: it was used before.
        """
        unused = RecoveryCode.filter(id=used.code.id, used_at=None)
        if not await unused.update(used_at=self.resources.clock.now()):
            raise InvalidProof


def _random(length: int) -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(length))


def _spelt(code: str) -> str:
    slot, secret = code[:SLOT], code[SLOT:]
    return "-".join([slot, secret[:5], secret[5:10], secret[10:]])

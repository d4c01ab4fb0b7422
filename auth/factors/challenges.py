"""The challenges of passkeys: each says by itself that it is ours, what it is for, and until when.

    nonce 16 | end of life 8 | HMAC-SHA256(K, purpose | holder | nonce | end)[:16]

An authenticator signs it and the browser sends it back, so that nothing has to be remembered when a
login page is opened. That it is good once is seen to when it is answered: its digest is a row then,
and no two rows have one digest.
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from tortoise.exceptions import IntegrityError

from authberry.errors import InvalidTicket
from authberry.models import SpentChallenge
from authberry.resources import Resources
from authberry.tokens import derive_keys

LIFETIME = timedelta(minutes=5)
NONCE, END, TAG = 16, 8, 16  # bytes


@dataclass(frozen=True, slots=True)
class Challenge:
    """One that was issued here, for a purpose and perhaps for somebody."""

    value: bytes
    expires_at: datetime

    @property
    def hash(self) -> str:
        """What the row says that makes it spent."""
        return hashlib.sha256(self.value).hexdigest()


@dataclass(eq=False)
class Challenges:
    """Issues challenges, and takes each of them once."""

    resources: Resources

    def __post_init__(self) -> None:
        """Derive the keys; the first secret makes, all of them verify."""
        self._keys = derive_keys(self.resources.settings.secrets, "passkey challenge")

    def issue(self, purpose: str, holder: str = "") -> Challenge:
        """Make one; nothing is stored."""
        expires_at = (self.resources.clock.now() + LIFETIME).replace(microsecond=0)
        random = secrets.token_bytes(NONCE) + int(expires_at.timestamp()).to_bytes(END)
        return Challenge(random + _tag(self._keys[0], purpose, holder, random), expires_at)

    def read(self, value: bytes, purpose: str, holder: str = "") -> Challenge:
        """Recognise one.

        Raises:
            InvalidTicket: it is not ours, or for something or somebody else, or its time is over.
        """
        random, tag = value[:-TAG], value[-TAG:]
        fits = [hmac.compare_digest(_tag(key, purpose, holder, random), tag) for key in self._keys]
        if not any(fits) or len(random) != NONCE + END:
            raise InvalidTicket
        expires_at = datetime.fromtimestamp(int.from_bytes(random[NONCE:]), UTC)
        if expires_at <= self.resources.clock.now():
            raise InvalidTicket
        return Challenge(value, expires_at)

    async def spend(self, challenge: Challenge) -> None:
        """Use one up, inside a transaction: of those who do at once, one gets through.

        Raises:
            InvalidTicket: it was used before.
        """
        try:
            await SpentChallenge.create(
                challenge_hash=challenge.hash, expires_at=challenge.expires_at
            )
        except IntegrityError:
            raise InvalidTicket from None


def _tag(key: bytes, purpose: str, holder: str, random: bytes) -> bytes:
    message = f"{purpose}\0{holder}\0".encode() + random
    return hmac.digest(key, message, hashlib.sha256)[:TAG]

"""Stored hashes, read: what it takes to verify each, and which take too much.

A hash says itself what it costs, and not all of them are ours: a host brings its own along, and who
can write rows can write anything. So each is read within bounds before anything is computed of it.
"""

import binascii
import re
from base64 import b64decode, b64encode
from dataclasses import dataclass
from typing import Self

MEMORY_KIB_A_LANE = 8
"""At least (RFC 9106, section 3.1)."""
MOST_MEMORY_KIB = 2 * 2**20
"""2 GiB: the first of the two recommendations of RFC 9106, section 4, and the most of any that a
library is known to come with. So much may be in use a core."""
MOST_WORK_KIB = 4 * 2**20
"""Memory times passes. 4 GiB is libsodium's `SENSITIVE`, which takes a core one to two seconds: 108
of our own hashes, a quarter of what the queue of one core holds at most."""
MOST_PASSES = 100
"""A pass has a cost of its own, however little memory it goes over."""
MOST_LANES = 32
"""Each is a thread."""
SALT_BYTES = range(8, 65)
DIGEST_BYTES = range(12, 129)
"""The PHC string format has 12 to 64; a shorter one, too many passwords would have."""
VERSIONS = (16, 19)
"""1.0 and 1.3; a hash that names none is of the first."""

_NUMBER = r"([1-9][0-9]{0,9})"
_BASE64 = r"([A-Za-z0-9+/]{2,200})"
_PHC = re.compile(
    rf"\$(argon2id|argon2i|argon2d)(?:\$v={_NUMBER})?"
    rf"\$m={_NUMBER},t={_NUMBER},p={_NUMBER}\${_BASE64}\${_BASE64}"
)


class UnusableHash(Exception):
    """A stored hash cannot be verified; the message says why, and nothing of it."""


@dataclass(frozen=True, slots=True)
class StoredHash:
    """An Argon2 hash that can be verified."""

    kind: str
    version: int
    memory_kib: int
    passes: int
    lanes: int
    salt: bytes
    digest: bytes

    @classmethod
    def read(cls, text: str) -> Self:
        """Read a hash in PHC form; raises `UnusableHash`."""
        match = _PHC.fullmatch(text)
        if match is None:
            raise UnusableHash("it is no Argon2 hash")
        kind, version, memory, passes, lanes, salt, digest = match.groups()
        read = cls(
            kind, int(version or 16), int(memory), int(passes), int(lanes),
            _decoded(salt), _decoded(digest),
        )  # fmt: skip
        read._refuse_out_of_bounds()
        return read

    @property
    def work_kib(self) -> int:
        """What computing it costs: the memory, times how often it is gone over."""
        return self.memory_kib * self.passes

    def _refuse_out_of_bounds(self) -> None:
        for holds, what in (
            (self.version in VERSIONS, "version"),
            (self.lanes <= MOST_LANES, "number of lanes"),
            (self.lanes * MEMORY_KIB_A_LANE <= self.memory_kib <= MOST_MEMORY_KIB, "memory"),
            (self.passes <= MOST_PASSES, "number of passes"),
            (self.work_kib <= MOST_WORK_KIB, "memory times passes"),
            (len(self.salt) in SALT_BYTES, "length of the salt"),
            (len(self.digest) in DIGEST_BYTES, "length of the digest"),
        ):
            if not holds:
                raise UnusableHash(f"its {what} is out of bounds")


def _decoded(text: str) -> bytes:
    """Decode base64 without padding, of which there is one spelling."""
    try:
        decoded = b64decode(text + "=" * (-len(text) % 4), validate=True)
    except binascii.Error:
        raise UnusableHash("it is no Argon2 hash") from None
    if b64encode(decoded).rstrip(b"=") != text.encode():
        raise UnusableHash("it is no Argon2 hash")
    return decoded

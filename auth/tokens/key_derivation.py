"""One configured secret, a key of its own for each purpose."""

from collections.abc import Sequence

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

SECRET_MIN_BYTES = 32


def derive_keys(secrets: Sequence[str], purpose: str) -> tuple[bytes, ...]:
    """Derive a 32-byte key from each secret (HKDF-SHA256, RFC 5869).

    The first key makes, all of them verify: so a new secret is first added last everywhere, then
    moved to the front.
    """
    return tuple(
        HKDF(SHA256(), 32, salt=b"authberry", info=purpose.encode()).derive(secret.encode())
        for secret in secrets
    )

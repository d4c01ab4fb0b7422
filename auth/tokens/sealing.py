"""Encryption of what is stored and read again (AES-256-GCM, NIST SP 800-38D)."""

import base64
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from authberry.tokens.key_derivation import derive_keys

NONCE_BYTES = 12


class Unreadable(Exception):
    """Sealed with a secret that is not configured, for something else, or not by us."""


@dataclass(frozen=True, slots=True)
class Opened:
    """What was sealed."""

    plain: bytes = field(repr=False)
    is_outdated: bool
    """Whether a secret other than the first sealed it, so that it should be sealed again."""


class Sealer:
    """Seals with the first of the server's secrets, and opens what any of them sealed."""

    def __init__(self, server_secrets: Sequence[str], purpose: str) -> None:
        """Derive a key from each secret, for this purpose and no other."""
        self._ciphers = [AESGCM(key) for key in derive_keys(server_secrets, purpose)]

    def seal(self, plain: bytes, bound_to: str) -> str:
        """Encrypt, so that it opens only together with the same `bound_to`; base64url."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        sealed = self._ciphers[0].encrypt(nonce, plain, bound_to.encode())
        return base64.urlsafe_b64encode(nonce + sealed).decode()

    def open(self, sealed: str, bound_to: str) -> Opened:
        """Decrypt; raises `Unreadable`."""
        try:
            raw = base64.urlsafe_b64decode(sealed)
        except ValueError:
            raise Unreadable from None
        for number, cipher in enumerate(self._ciphers):
            try:
                plain = cipher.decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], bound_to.encode())
            except (InvalidTag, ValueError):  # too short to be one
                continue
            return Opened(plain, is_outdated=number > 0)
        raise Unreadable

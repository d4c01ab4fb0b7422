"""The device token: that somebody has logged in to an account on this device before.

    base64url( nonce 16 | HMAC-SHA256(K, nonce | address)[:16] )

It logs nobody in. Whoever shows it is not counted among strangers (OWASP, "Slow Down Online
Guessing Attacks with Device Cookies"). It is bound to the address that is typed at a login, so that
no query is needed to read it, and it does not contain the address. A device on which several people
log in holds several of them, with dots in between.
"""

import base64
import hashlib
import hmac
import re
import secrets
from collections.abc import Iterator, Sequence

from authberry.tokens.key_derivation import derive_keys

NONCE_BYTES = 16
TAG_BYTES = 16
MOST_PEOPLE = 4
"""How many people one device is known for: those who logged in last."""
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)


class DeviceTokens:
    """Makes and reads device tokens. Knows no database."""

    def __init__(self, server_secrets: Sequence[str]) -> None:
        """Derive the keys; the first secret makes, all of them verify."""
        self._keys = derive_keys(server_secrets, "device cookie")

    def add(self, address: str, held: Sequence[str]) -> str:
        """Return what a device holds from now on: a new token for `address`, and those of others.

        Args:
            address: Of the account, as it is stored.
            held: What the device has shown.
        """
        nonce = secrets.token_bytes(NONCE_BYTES)
        raw = nonce + _tag(self._keys[0], nonce, address)
        token = base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
        return ".".join([token, *self._others(address, held)][:MOST_PEOPLE])

    def remove(self, address: str, held: Sequence[str]) -> str:
        """Return what a device still holds without the tokens for `address`; empty if nothing."""
        return ".".join(self._others(address, held))

    def device(self, address: str, held: Sequence[str]) -> str | None:
        """Return the name of the device that is known for `address`; None if it is not."""
        devices = [self._device(token, address) for token in _tokens(held)]
        return next((device for device in devices if device is not None), None)

    def _others(self, address: str, held: Sequence[str]) -> list[str]:
        return [token for token in _tokens(held) if self._device(token, address) is None]

    def _device(self, token: str, address: str) -> str | None:
        raw = base64.urlsafe_b64decode(token + "=")
        nonce, tag = raw[:NONCE_BYTES], raw[NONCE_BYTES:]
        # Every key is tried, whichever fits, so that time tells nothing.
        fits = [hmac.compare_digest(_tag(key, nonce, address), tag) for key in self._keys]
        return nonce.hex() if any(fits) else None


def _tokens(held: Sequence[str]) -> Iterator[str]:
    """Yield what is spelt like a token, of so many at most."""
    for _, token in zip(range(MOST_PEOPLE), ".".join(held).split("."), strict=False):
        if _TOKEN.fullmatch(token):
            yield token


def _tag(key: bytes, nonce: bytes, address: str) -> bytes:
    return hmac.digest(key, nonce + address.encode(), hashlib.sha256)[:TAG_BYTES]

"""Forges access tokens from a genuine one, with its key or another."""

import base64
import json
from typing import Any

from jwt.algorithms import get_default_algorithms

from authberry.tokens.jose import Key

Members = dict[str, Any]


def encoded(raw: bytes | str | Members) -> str:
    """A segment of a token."""
    if isinstance(raw, dict):
        raw = json.dumps(raw)
    data = raw.encode("utf-8", "surrogatepass") if isinstance(raw, str) else raw
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decoded(token: str) -> tuple[Members, Members]:
    """Header and payload, by the standard library alone."""
    header, payload, _ = (base64.urlsafe_b64decode(part + "==") for part in token.split("."))
    return json.loads(header), json.loads(payload)


class Forger:
    """Signs anything with a key, as no service would."""

    def __init__(self, key: Key, genuine: str) -> None:
        """Take a genuine token to begin with, and its key or another."""
        self.key = key
        self.genuine = genuine
        self.header, self.payload = decoded(genuine)

    def with_key(self, key: Key) -> "Forger":
        """The same token in the hands of somebody with another key."""
        return Forger(key, self.genuine)

    def signature(self, text: str, algorithm: str | None = None) -> bytes:
        """Sign a text, by the key's own algorithm or another that takes such a key."""
        signer = get_default_algorithms()[algorithm or self.key.algorithm]
        return signer.sign(text.encode(), self.key._material)

    def signed(
        self, header: str | Members, payload: str | Members, algorithm: str | None = None
    ) -> str:
        """Two segments, and a signature that is good for them."""
        text = f"{encoded(header)}.{encoded(payload)}"
        return f"{text}.{encoded(self.signature(text, algorithm))}"

    def claiming(self, **claims: object) -> str:
        """The genuine token with other claims; `...` leaves one out."""
        return self.signed(self.header, _changed(self.payload, claims))

    def headed(self, **members: object) -> str:
        """The genuine token with other header members; `...` leaves one out."""
        return self.signed(_changed(self.header, members), self.payload)

    def resigned(self, signature: bytes | str) -> str:
        """The genuine token under another signature."""
        text = signature if isinstance(signature, str) else encoded(signature)
        return f"{self.genuine.rpartition('.')[0]}.{text}"


def _changed(members: Members, changes: Members) -> Members:
    return {name: value for name, value in {**members, **changes}.items() if value is not ...}

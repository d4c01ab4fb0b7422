"""JWK sets, as one who verifies reads them (RFC 7517, section 5)."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from authberry.tokens.jose import Key, UnusableKey


class UnusableKeySet(Exception):
    """Not a key set, or none of its keys verifies tokens."""


def published(raw: bytes) -> dict[str, Key]:
    """The keys of a set that was fetched, by id.

    A set may hold what is meant for others: another type, another use, another algorithm. That is
    left out, and so are a key that no token can name and the second of one name. A shared secret
    is left out too: one that is published is none.

    Raises:
        UnusableKeySet: it is something else, or nothing is left.
    """
    try:
        listed = json.loads(raw.decode("utf-8"))["keys"]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise UnusableKeySet("is not a key set") from None
    keys: dict[str, Key] = {}
    for jwk in listed if isinstance(listed, list) else []:
        if isinstance(jwk, dict) and jwk.get("kty") != "oct" and isinstance(jwk.get("kid"), str):
            try:
                key = Key.from_public_jwk(jwk)
            except UnusableKey:
                continue
            keys.setdefault(key.kid, key)
    if not keys:
        raise UnusableKeySet("holds no key that verifies tokens")
    return keys


def configured(jwks: Mapping[str, Any] | Iterable[Mapping[str, Any]]) -> dict[str, Key]:
    """The keys that whoever runs the service wrote down, by id: a JWK set, or a list of JWKs.

    Raises:
        ValueError: one of them is unusable; or there is none, or two of one name.
    """
    listed = list(jwks["keys"] if isinstance(jwks, Mapping) else jwks)
    try:
        keys = {key.kid: key for key in map(Key.from_public_jwk, listed)}
    except UnusableKey as error:
        raise ValueError(f"keys: a key {error}") from None
    if not keys or len(keys) < len(listed):
        raise ValueError("keys: needs one key or more, each with its own kid")
    return keys

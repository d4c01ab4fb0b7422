"""What an ID token must say to be believed (OpenID Connect Core 1.0, section 3.1.3.7)."""

import hashlib
import hmac
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any, Protocol

from authberry.providers.refusals import ExternalLoginRefused
from authberry.tokens import LEEWAY, InvalidJwt, Key, read_unverified

MAX_LENGTH = 32 * 1024
"""Some say every group that somebody is in."""
LATEST = 2**33
OLDEST_BROUGHT = timedelta(days=1)
"""How old one may be that an app brings; for longer nobody knows whether it was used."""


class KeySource(Protocol):
    """Where the keys of an issuer are found."""

    async def key(self, kid: str) -> Key | None:
        """Return the key of that id, if the issuer has one."""


async def read_id_token(
    token: str,
    keys: KeySource,
    *,
    issuer: str,
    audiences: Collection[str],
    algorithms: Collection[str],
    now: datetime,
) -> dict[str, Any]:
    """Return the claims of a token that this issuer signed for one of these audiences.

    Raises:
        ExternalLoginRefused: something about it is wrong; the reason says what.
        ProviderUnavailable: there are no keys to verify it with.
    """
    try:
        header, claims = read_unverified(token, max_length=MAX_LENGTH)
    except InvalidJwt:
        raise _refused("is malformed") from None
    # Before a key is looked for: what is not for us causes no question.
    if claims.get("iss") != issuer:
        raise _refused("is of another issuer")
    await _verify(token, header, keys, algorithms)
    _require_audience(claims, audiences)
    _require_time(claims, now)
    return claims


async def _verify(
    token: str, header: dict[str, Any], keys: KeySource, algorithms: Collection[str]
) -> None:
    algorithm, kid, typ = header.get("alg"), header.get("kid"), header.get("typ", "JWT")
    if algorithm not in algorithms:
        raise _refused("is signed by an algorithm that is not the provider's, or not at all")
    # Else a token of another kind that the provider signs could be taken for one.
    if not isinstance(typ, str) or typ.upper() != "JWT" or "crit" in header:
        raise _refused("is of another kind")
    key = await keys.key(kid) if isinstance(kid, str) else None
    if key is None:
        raise _refused("names no key of the provider")
    if key.algorithm != algorithm:
        raise _refused("is signed by an algorithm that is not the key's")
    try:
        key.verify(token)
    except InvalidJwt:
        raise _refused("has a wrong signature") from None


def _require_audience(claims: dict[str, Any], audiences: Collection[str]) -> None:
    """Require that it is for us, for nobody whom we do not know, and asked for by us."""
    said = claims.get("aud")
    listed = said if isinstance(said, list) else [said]
    if not listed or not all(isinstance(one, str) and one in audiences for one in listed):
        raise _refused("is for another audience")
    party = claims.get("azp")
    if party is None and len(listed) > 1:
        raise _refused("is for several, and does not say who asked for it")
    if party is not None and not (isinstance(party, str) and party in audiences):
        raise _refused("was asked for by another party")


def _require_time(claims: dict[str, Any], now: datetime) -> None:
    """Require that it is of now, give or take what clocks differ by."""
    moment, leeway = now.timestamp(), LEEWAY.total_seconds()
    ends, begins = _seconds(claims, "exp"), _seconds(claims, "iat")
    if ends is None or begins is None:
        raise _refused("does not say when it begins or ends")
    if moment >= ends + leeway:
        raise _refused("has expired")
    if begins > moment + leeway or (_seconds(claims, "nbf") or 0) > moment + leeway:
        raise _refused("is of a time to come")


def require_young(claims: dict[str, Any], now: datetime) -> None:
    """Require that it was issued in the last day, however long it says that it is good.

    Raises:
        ExternalLoginRefused: it is older.
    """
    begins = _seconds(claims, "iat")
    if begins is None or begins <= now.timestamp() - OLDEST_BROUGHT.total_seconds():
        raise _refused("was issued too long ago")


def _seconds(claims: dict[str, Any], name: str) -> float | None:
    """Return a NumericDate (RFC 7519, section 2), if it is one before the year 2242."""
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value if abs(value) < LATEST else None


def require_nonce(claims: dict[str, Any], nonce: str | None, *, or_hashed: bool = False) -> None:
    """Require that a token answers to the request that had this nonce.

    Args:
        claims: Of the token.
        nonce: None where none was sent; then the token may have none.
        or_hashed: Whether it may be the SHA-256 of the nonce, as apps give it to Apple's SDK.

    Raises:
        ExternalLoginRefused: it answers to another.
    """
    said = claims.get("nonce")
    if said is None and nonce is None:
        return
    meant = [] if nonce is None else [nonce]
    if nonce is not None and or_hashed:
        meant.append(hashlib.sha256(nonce.encode("utf-8", "replace")).hexdigest())
    fits = [isinstance(said, str) and _is_same(said, one) for one in meant]
    if not any(fits):
        raise _refused("has another nonce")


def require_fresh(claims: dict[str, Any], since: int | None) -> None:
    """Require that somebody has proved who they are since; None requires nothing.

    Raises:
        ExternalLoginRefused: it was before, or nobody knows when.
    """
    if since is None:
        return
    proved_at = _seconds(claims, "auth_time")
    if proved_at is None or proved_at < since - LEEWAY.total_seconds():
        raise _refused("does not say that somebody has just proved who they are")


def _is_same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode("utf-8", "replace"), other.encode("utf-8", "replace"))


def _refused(problem: str) -> ExternalLoginRefused:
    return ExternalLoginRefused(f"the ID token {problem}")

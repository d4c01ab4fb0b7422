"""What an access token says, and what it must say to be believed (RFC 9068, section 4).

One set of rules, whoever verifies: the server with its database, or a service that has nothing but
the public keys. So this reaches for no table, no setting and no network.
"""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol
from uuid import UUID

from authberry.clock import Clock
from authberry.errors import StepUpRequired, Unauthenticated, UnauthenticatedReason
from authberry.tokens.assurance import AAL1, reaches
from authberry.tokens.jose import InvalidJwt, Key, read_unverified

TYPE = "at+jwt"
ACCEPTED_TYPES = ("at+jwt", "application/at+jwt")
CLIENT_ID = "authberry"
LEEWAY = timedelta(seconds=30)
CACHE_SIZE = 4096
LATEST = 2**33
"""No token is good until after the year 2242; Python's dates end in 9999."""


@dataclass(frozen=True, slots=True)
class Claims:
    """What a verified access token says."""

    user_id: UUID
    session_id: UUID
    token_id: str
    roles: tuple[str, ...]
    issued_at: datetime
    expires_at: datetime
    authenticated_at: datetime
    """When somebody last proved who they are (`auth_time`); a refresh changes nothing about it."""
    amr: tuple[str, ...] = ()
    """What was proved, in words of RFC 8176."""
    acr: str = AAL1
    """The level of assurance; see `authberry.tokens.assurance`."""

    def require_recent(
        self, now: datetime, *, max_age: timedelta | None = None, acr: str | None = None
    ) -> None:
        """Refuse a login that is too old, or that proves too little, for what is asked.

        Raises:
            StepUpRequired: with what is wanted (RFC 9470).
        """
        is_old = max_age is not None and now - self.authenticated_at > max_age
        if is_old or (acr is not None and not reaches(self.acr, acr)):
            raise StepUpRequired(acr, None if max_age is None else int(max_age.total_seconds()))


class VerifyingKeys(Protocol):
    """Where the keys come from."""

    def verifying(self, kid: str) -> Key | None:
        """The key of that id, if it is known and may verify."""

    async def refresh(self, *, unknown_kid: bool) -> None:
        """Look for the key of a token that names one which is not known; not at every asking."""


class AccessTokenReader:
    """Reads access tokens of one issuer for one audience, nearly always in memory."""

    def __init__(self, keys: VerifyingKeys, *, issuer: str, audience: str, clock: Clock) -> None:
        """Remember no token yet."""
        self._keys = keys
        self._issuer = issuer
        self._audience = audience
        self._clock = clock
        self._verified: dict[bytes, tuple[Key, Claims]] = {}

    async def read(self, token: str, *, may_be_expired: bool = False) -> Claims:
        """Verify a token, as it stood behind `Bearer`.

        Raises:
            Unauthenticated: with the reason TOKEN_EXPIRED or TOKEN_INVALID.
        """
        claims = await self._read(token)
        now = self._clock.now()
        if claims.issued_at > now + LEEWAY:
            raise Unauthenticated(UnauthenticatedReason.TOKEN_INVALID)
        if claims.expires_at <= now - LEEWAY and not may_be_expired:
            raise Unauthenticated(UnauthenticatedReason.TOKEN_EXPIRED)
        return claims

    async def _read(self, token: str) -> Claims:
        """Check everything but the time, and remember the answer: a token is sent many times."""
        digest = hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
        key, claims = self._verified.get(digest, (None, None))
        # The key, and not only one of its name, is what may not have been withdrawn.
        if key and claims and self._keys.verifying(key.kid) == key:
            return claims
        try:
            header, payload = read_unverified(token)
            key = await self._key(header)
            key.verify(token)
            claims = self._claims(payload)
        except InvalidJwt:
            raise Unauthenticated(UnauthenticatedReason.TOKEN_INVALID) from None
        if len(self._verified) >= CACHE_SIZE:
            del self._verified[next(iter(self._verified))]
        self._verified[digest] = (key, claims)
        return claims

    async def _key(self, header: dict[str, object]) -> Key:
        """Choose the key by its id alone: nothing in a token says where keys lie, or how it signs.

        `jku`, `x5u`, `jwk` and `x5c` are not looked at; whatever must be understood is not.
        """
        kid = header.get("kid")
        if header.get("typ") not in ACCEPTED_TYPES or "crit" in header or type(kid) is not str:
            raise InvalidJwt
        key = self._keys.verifying(kid)
        if key is None:
            await self._keys.refresh(unknown_kid=True)
            key = self._keys.verifying(kid)
        if key is None or header.get("alg") != key.algorithm:
            raise InvalidJwt
        return key

    def _claims(self, payload: dict[str, object]) -> Claims:
        """Require every claim, with its type and its value."""
        audience = payload.get("aud")
        audiences = audience if isinstance(audience, list) else [audience]
        token_id = payload.get("jti")
        if (
            payload.get("iss") != self._issuer
            or self._audience not in audiences
            or payload.get("client_id") != CLIENT_ID
            or not isinstance(token_id, str)
            or not token_id
        ):
            raise InvalidJwt
        if "nbf" in payload and _time(payload, "nbf") > self._clock.now() + LEEWAY:
            raise InvalidJwt
        acr = payload.get("acr", AAL1)  # a server of the release before says none
        if not isinstance(acr, str):
            raise InvalidJwt
        return Claims(
            user_id=_uuid(payload, "sub"),
            session_id=_uuid(payload, "sid"),
            token_id=token_id,
            roles=_words(payload, "roles"),
            issued_at=_time(payload, "iat"),
            expires_at=_time(payload, "exp"),
            authenticated_at=_time(payload, "auth_time"),
            amr=_words(payload, "amr"),
            acr=acr,
        )


def _uuid(payload: dict[str, object], claim: str) -> UUID:
    value = payload.get(claim)
    try:
        parsed = UUID(value) if isinstance(value, str) else None
    except ValueError:
        parsed = None
    if parsed is None or str(parsed) != value:
        raise InvalidJwt
    return parsed


def _words(payload: dict[str, object], claim: str) -> tuple[str, ...]:
    value = payload.get(claim)
    if not isinstance(value, list) or not all(isinstance(word, str) for word in value):
        raise InvalidJwt
    return tuple(value)


def _time(payload: dict[str, object], claim: str) -> datetime:
    value = payload.get(claim)
    # Not a boolean, which is an int to Python; not a float, which may be NaN.
    if type(value) is not int or not 0 <= value <= LATEST:
        raise InvalidJwt
    return datetime.fromtimestamp(value, UTC)

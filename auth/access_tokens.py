"""Access tokens: short-lived JWTs that say who is asking (RFC 9068).

The payload is readable by whoever holds the token, so it names the person by id and nothing more.
"""

import hashlib
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

from authberry.clock import Clock
from authberry.errors import Unauthenticated, UnauthenticatedReason
from authberry.jose import InvalidJwt, read_unverified
from authberry.keys import KeyRing
from authberry.models import RefreshToken, User
from authberry.settings import Settings

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


@dataclass(frozen=True, slots=True)
class AccessToken:
    """A token just signed."""

    value: str = field(repr=False)
    expires_at: datetime
    lifetime: timedelta


class AccessTokens:
    """Signs access tokens, and verifies them without the network and nearly always in memory."""

    def __init__(self, settings: Settings, keys: KeyRing, clock: Clock) -> None:
        """Issue and accept tokens of the configured issuer and audience."""
        self._lifetime = settings.access_token_ttl
        self._keys = keys
        self._clock = clock
        self.follow(settings)

    def follow(self, settings: Settings) -> None:
        """Issue and accept tokens of another issuer and audience, and none of the former."""
        self._issuer = settings.public_url
        self._audience = settings.token_audience
        self._verified: dict[bytes, tuple[str, Claims]] = {}

    async def issue(self, user: User, session: RefreshToken) -> AccessToken:
        """Sign a token for the session of `user`, which is read from the rows of just now."""
        await self._keys.refresh()
        now = self._clock.now().replace(microsecond=0)
        # A token never outlives its session.
        expires_at = min(now + self._lifetime, session.expires_at.replace(microsecond=0))
        claims = {
            "iss": self._issuer,
            "sub": str(user.id),
            "aud": self._audience,
            "client_id": CLIENT_ID,
            "exp": int(expires_at.timestamp()),
            "iat": int(now.timestamp()),
            "jti": secrets.token_urlsafe(16),
            "sid": str(session.id),
            "roles": user.roles,
            "auth_time": int(session.authenticated_at.timestamp()),
            "amr": ["pwd"],
        }
        return AccessToken(
            self._keys.signing().sign(claims, typ=TYPE), expires_at, expires_at - now
        )

    async def verify(self, token: str, *, may_be_expired: bool = False) -> Claims:
        """Read a token that this service signed.

        Args:
            token: As it stood behind `Bearer`.
            may_be_expired: Accept one whose time is over, for as long as its key is known: to log
                out with, never to log in.

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
        if (held := self._verified.get(digest)) and self._keys.verifying(held[0]):
            return held[1]
        try:
            header, payload = read_unverified(token)
            kid = header.get("kid")
            if header.get("typ") not in ACCEPTED_TYPES or "crit" in header or type(kid) is not str:
                raise InvalidJwt
            key = self._keys.verifying(kid)
            if key is None:
                await self._keys.refresh(unknown_kid=True)
                key = self._keys.verifying(kid)
            if key is None or header.get("alg") != key.algorithm:
                raise InvalidJwt
            key.verify(token)
            claims = self._claims(payload)
        except InvalidJwt:
            raise Unauthenticated(UnauthenticatedReason.TOKEN_INVALID) from None
        if len(self._verified) >= CACHE_SIZE:
            del self._verified[next(iter(self._verified))]
        self._verified[digest] = (kid, claims)
        return claims

    def _claims(self, payload: dict[str, object]) -> Claims:
        """Require every claim, with its type and its value (RFC 9068, section 4)."""
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
        _words(payload, "amr")
        return Claims(
            user_id=_uuid(payload, "sub"),
            session_id=_uuid(payload, "sid"),
            token_id=token_id,
            roles=_words(payload, "roles"),
            issued_at=_time(payload, "iat"),
            expires_at=_time(payload, "exp"),
            authenticated_at=_time(payload, "auth_time"),
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

"""Access tokens: short-lived JWTs that say who is asking (RFC 9068).

The payload is readable by whoever holds the token, so it names the person by id and nothing more.
"""

import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from authberry.clock import Clock
from authberry.models import RefreshToken, User
from authberry.settings import Settings
from authberry.signing.authentication import Proof, proof_at
from authberry.signing.keys import KeyRing
from authberry.tokens import CLIENT_ID, TYPE, AccessTokenReader, Claims


@dataclass(frozen=True, slots=True)
class AccessToken:
    """A token just signed."""

    value: str = field(repr=False)
    expires_at: datetime
    lifetime: timedelta
    proof: Proof
    """What it says of how its session was proved."""


@dataclass(eq=False)
class AccessTokens:
    """Signs access tokens, and verifies them without the network and nearly always in memory."""

    settings: Settings
    keys: KeyRing
    clock: Clock

    def __post_init__(self) -> None:
        """Issue and accept tokens of the configured issuer and audience."""
        self._lifetime = self.settings.access_token_ttl
        self._added_lasts = self.settings.step_up_ttl
        self.follow(self.settings)

    def follow(self, settings: Settings) -> None:
        """Issue and accept tokens of another issuer and audience, and none of the former."""
        self._issuer = settings.public_url
        self._audience = settings.token_audience
        self._reader = AccessTokenReader(
            self.keys, issuer=self._issuer, audience=self._audience, clock=self.clock
        )

    async def issue(self, user: User, session: RefreshToken) -> AccessToken:
        """Sign a token for the session of `user`, which is read from the rows of just now."""
        await self.keys.refresh()
        now = self.clock.now().replace(microsecond=0)
        # A token never outlives its session.
        expires_at = min(now + self._lifetime, session.expires_at.replace(microsecond=0))
        proof = proof_at(session, now, self._added_lasts)
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
            "amr": proof.amr,
            "acr": proof.acr,
        }
        value = self.keys.signing().sign(claims, typ=TYPE)
        return AccessToken(value, expires_at, expires_at - now, proof)

    async def verify(self, token: str, *, may_be_expired: bool = False) -> Claims:
        """Read a token that this service signed.

        Args:
            token: As it stood behind `Bearer`.
            may_be_expired: Accept one whose time is over, for as long as its key is known: to log
                out with, never to log in.

        Raises:
            Unauthenticated: with the reason TOKEN_EXPIRED or TOKEN_INVALID.
        """
        return await self._reader.read(token, may_be_expired=may_be_expired)

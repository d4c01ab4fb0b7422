"""What a token is good for at this moment (RFC 7662), for services that must not go by a copy.

A token is active as long as it would be taken here: an access token by our own fields, a refresh
token by a refresh. Of any other nothing is told, not even why (section 2.2).
"""

from dataclasses import dataclass
from datetime import datetime

from authberry.errors import RefreshTokenInvalid, Unauthenticated
from authberry.models import RefreshToken, User
from authberry.resources import Resources
from authberry.sessions.rotation import Rotation
from authberry.sessions.viewers import Viewers
from authberry.settings import Settings
from authberry.signing import AccessTokens
from authberry.tokens import CLIENT_ID, RefreshTokenCodec

Introspected = dict[str, object]

INACTIVE: Introspected = {"active": False}


@dataclass(eq=False)
class Introspection:
    """Looks a token up, and leaves everything as it is: to be asked about is not to be used."""

    resources: Resources
    codec: RefreshTokenCodec
    access_tokens: AccessTokens
    viewers: Viewers
    rotation: Rotation

    def __post_init__(self) -> None:
        """Speak for the configured issuer and audience."""
        self.follow(self.resources.settings)

    def follow(self, settings: Settings) -> None:
        """Speak for another issuer and audience."""
        self._issuer = settings.public_url
        self._audience = settings.token_audience

    async def introspect(self, token: str) -> Introspected:
        """Say whether a token of either kind is active and, if it is, what it says.

        Raises:
            DatabaseUnavailable: that is not known now, which must not be taken for a no.
        """
        # A JWT has dots, and a refresh token has none: nobody has to say which it is.
        return await (self._access_token(token) if "." in token else self._refresh_token(token))

    async def _access_token(self, token: str) -> Introspected:
        try:
            claims = await self.access_tokens.verify(token)
            viewer = await self.viewers.viewer(claims)
        except Unauthenticated:
            return INACTIVE
        return {
            "active": True,
            "token_type": "Bearer",
            "iss": self._issuer,
            "aud": self._audience,
            "exp": _seconds(claims.expires_at),
            "iat": _seconds(claims.issued_at),
            "jti": claims.token_id,
            "auth_time": _seconds(claims.authenticated_at),
            "amr": claims.amr,
            "acr": claims.acr,
            **_whose(viewer.user, viewer.session),
        }

    async def _refresh_token(self, token: str) -> Introspected:
        try:
            opened = self.codec.open(token)
        except RefreshTokenInvalid:
            return INACTIVE
        with self.resources.database.use():
            session = await self.rotation.renewable(opened)
        if session is None:
            return INACTIVE
        # Neither a type nor an audience: it is for us alone, and no API may take it for a Bearer.
        return {
            "active": True,
            "iss": self._issuer,
            "exp": _seconds(session.expires_at),
            "auth_time": _seconds(session.authenticated_at),
            **_whose(session.user, session),
        }


def _whose(user: User, session: RefreshToken) -> Introspected:
    """Whom it stands for, with the roles that they have now."""
    return {
        "client_id": CLIENT_ID,
        "sub": str(user.id),
        "sid": str(session.id),
        "roles": user.roles,
    }


def _seconds(time: datetime) -> int:
    return int(time.timestamp())

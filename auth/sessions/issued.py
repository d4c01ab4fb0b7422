"""What a login or a refresh ends with."""

from dataclasses import dataclass, field
from enum import Enum

from authberry.models import RefreshToken, User
from authberry.signing import AccessToken


class RefreshTokenTransport(Enum):
    """How a client holds what it goes on with."""

    COOKIE = "COOKIE"
    BODY = "BODY"
    SESSION = "SESSION"
    """It has no refresh token: a cookie stands for the session, and is asked with."""

    @property
    def uses_cookies(self) -> bool:
        """Whether a browser holds it, out of reach of scripts."""
        return self is not RefreshTokenTransport.BODY


@dataclass(frozen=True, slots=True)
class Issued:
    """What a login or a refresh ends with."""

    access_token: AccessToken
    refresh_token: str = field(repr=False)
    """Or what is in the session's cookie; empty where the client goes on with what it has."""
    user: User
    session: RefreshToken

    @property
    def transport(self) -> RefreshTokenTransport:
        """How the client that began the session holds its refresh token."""
        return RefreshTokenTransport(self.session.transport)

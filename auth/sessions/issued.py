"""What a login or a refresh ends with."""

from dataclasses import dataclass, field
from enum import Enum

from authberry.models import RefreshToken, User
from authberry.signing import AccessToken


class RefreshTokenTransport(Enum):
    """How a client holds its refresh token."""

    COOKIE = "COOKIE"
    BODY = "BODY"


@dataclass(frozen=True, slots=True)
class Issued:
    """What a login or a refresh ends with."""

    access_token: AccessToken
    refresh_token: str = field(repr=False)
    """Empty where the client goes on with the one that it has."""
    user: User
    session: RefreshToken

    @property
    def transport(self) -> RefreshTokenTransport:
        """How the client that began the session holds its refresh token."""
        return RefreshTokenTransport(self.session.transport)

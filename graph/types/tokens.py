"""Tokens as they are handed out, and the ways a refresh token travels."""

from datetime import datetime
from typing import Self

import strawberry

from authberry import Issued, RefreshTokenTransport
from authberry.graph.types.sessions import Session
from authberry.graph.types.users import User

strawberry.enum(
    RefreshTokenTransport,
    description="How the refresh token travels. `COOKIE` is for browsers: an HttpOnly cookie that"
    " no script can read. `BODY` is for clients without a cookie jar. `SESSION` is for pages that"
    " are rendered on a server: there is none, and an HttpOnly cookie answers queries by itself.",
)


@strawberry.type(description="A fresh access token, and whom and what it stands for.")
class AuthPayload:
    """What a login, a refresh and their like answer with."""

    access_token: str = strawberry.field(
        description="Send it as `Authorization: Bearer ...`. Keep it in memory, not in storage."
    )
    token_type: str = strawberry.field(description="Always `Bearer`.")
    expires_in: int = strawberry.field(description="Seconds until the access token expires.")
    expires_at: datetime = strawberry.field(description="When the access token expires.")
    refresh_token: str | None = strawberry.field(
        description="Null when the refresh token travels as a cookie, or there is none."
    )
    user: User
    session: Session

    @classmethod
    def of(cls, issued: Issued, *, refresh_token: str | None) -> Self:
        """Translate what was issued; the refresh token only where it travels in the body."""
        return cls(
            access_token=issued.access_token.value,
            token_type="Bearer",
            expires_in=int(issued.access_token.lifetime.total_seconds()),
            expires_at=issued.access_token.expires_at,
            refresh_token=refresh_token,
            user=User.of(issued.user),
            session=Session.of(issued.session, issued.access_token.proof, current=True),
        )

"""Exchange a refresh token for a new pair."""

from typing import Annotated

import strawberry

from authberry.graph.context import Info
from authberry.graph.errors import (
    RefreshTokenExpired,
    RefreshTokenInvalid,
    RefreshTokenMissing,
    RefreshTokenReused,
    SessionRevoked,
    TooManyAttempts,
)
from authberry.graph.fields import mutation
from authberry.graph.types import AuthPayload

RefreshTokenResult = Annotated[
    AuthPayload
    | RefreshTokenMissing
    | RefreshTokenInvalid
    | RefreshTokenExpired
    | RefreshTokenReused
    | SessionRevoked
    | TooManyAttempts,
    strawberry.union("RefreshTokenResult"),
]


@mutation(public=True, credential=True)
async def refresh_token(
    info: Info, refresh_token: str | None = strawberry.UNSET
) -> RefreshTokenResult:
    """Exchange a refresh token, from the cookie or the argument, for a new pair.

    The argument is for clients without a cookie jar. Tabs that ask at once all get the same token.
    """
    presented = info.context.refresh_tokens.presented(refresh_token)
    issued = await info.context.auth.sessions.refresh(presented.tokens, info.context.client)
    return info.context.deliver(issued, presented.transport)

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
    Where a cookie stands for the session by itself (`SESSION`), it stays as it is, and the access
    token is for calling other services.
    """
    context, sessions = info.context, info.context.auth.sessions
    presented = context.browser.refresh_tokens.presented(refresh_token)
    if not presented.tokens and (cookies := context.browser.session_cookie.presented()):
        context.browser.require_cookies()
        issued = await sessions.issue_for_cookie(cookies, context.client)
        return context.delivery.tokens(issued, issued.transport)
    issued = await sessions.refresh(presented.tokens, context.client)
    return context.delivery.tokens(issued, presented.transport)

"""End this session."""

from typing import Annotated

import strawberry

from authberry.graph.context import Info
from authberry.graph.fields import mutation
from authberry.graph.types import LoggedOut

LogoutResult = Annotated[LoggedOut, strawberry.union("LogoutResult")]


@mutation(public=True, credential=True)
async def logout(info: Info, refresh_token: str | None = strawberry.UNSET) -> LogoutResult:
    """End this session, known by its access token, its refresh token or its cookie.

    Works with an expired access token; doing it twice is a success.
    """
    context = info.context
    presented = context.browser.refresh_tokens.presented(refresh_token, to_end=True)
    cookies = context.browser.session_cookie.presented()
    # Also where the session cannot be ended now, which is told: the machine may be a shared one.
    context.browser.refresh_tokens.clear_presented(presented)
    if cookies:
        context.browser.require_cookies()
        context.browser.session_cookie.clear()
    claims = await context.claims_even_if_expired()
    tokens = (*presented.tokens, *cookies)
    await context.auth.sessions.revocation.logout(claims, tokens, context.client)
    return LoggedOut()

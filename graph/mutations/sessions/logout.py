"""End this session."""

from typing import Annotated

import strawberry

from authberry.graph.context import Info
from authberry.graph.fields import mutation
from authberry.graph.types import LoggedOut

LogoutResult = Annotated[LoggedOut, strawberry.union("LogoutResult")]


@mutation(public=True, credential=True)
async def logout(info: Info, refresh_token: str | None = strawberry.UNSET) -> LogoutResult:
    """End this session, known by its access token or its refresh token.

    Works with an expired access token; doing it twice is a success.
    """
    presented = info.context.refresh_tokens.presented(refresh_token, to_end=True)
    # Also where the session cannot be ended now, which is told: the machine may be a shared one.
    info.context.refresh_tokens.clear_presented(presented)
    claims = await info.context.claims_even_if_expired()
    await info.context.auth.sessions.revocation.logout(
        claims, presented.tokens, info.context.client
    )
    return LoggedOut()

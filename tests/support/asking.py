"""Who a process says is asking, by what it remembers."""

import asyncio
import os

from authberry import Auth, Issued, Viewer
from authberry.errors import Unauthenticated, UnauthenticatedReason
from authberry.tokens.claims import Claims

REMEMBERS = os.environ.get("TEST_DATABASE") == "postgres"
"""On SQLite each request reads the file, which is as quick as remembering."""


async def claims_of(auth: Auth, issued: Issued) -> Claims:
    """What the access token says."""
    return await auth.signing.access_tokens.verify(issued.access_token.value)


async def is_live(auth: Auth, claims: Claims) -> bool:
    """Whether the process takes the token."""
    try:
        await auth.sessions.viewers.viewer(claims)
    except Unauthenticated as refusal:
        return refusal.reason is not UnauthenticatedReason.SESSION_REVOKED
    return True


async def viewer_of(auth: Auth, issued: Issued) -> Viewer:
    """Who the process says is asking."""
    return await auth.sessions.viewers.viewer(await claims_of(auth, issued))


async def made_known(auth: Auth, claims: Claims) -> None:
    """Ask until the process remembers, where it does."""
    for _ in range(6000):
        assert await is_live(auth, claims)
        if not REMEMBERS or auth.sessions.viewers._held.get(str(claims.user_id)):
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it remembers nothing")

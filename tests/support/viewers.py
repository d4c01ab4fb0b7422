"""The viewer that a process finds for an access token, from its cache where it has one."""

import asyncio
import os

from authberry import Auth, Issued, Viewer
from authberry.errors import Unauthenticated, UnauthenticatedReason
from authberry.tokens.claims import Claims

CACHES_VIEWERS = os.environ.get("TEST_DATABASE") == "postgres"
"""On SQLite each request reads the file, which is as quick as a cache."""


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


async def until_cached(auth: Auth, claims: Claims) -> None:
    """Ask until the process has the viewer in its cache, if it has a cache."""
    viewers = auth.sessions.viewers  # of one process, where `auth` is several in turn
    for _ in range(6000):
        await viewers.viewer(claims)
        if not CACHES_VIEWERS or viewers._held.get(str(claims.user_id)):
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it caches nothing")

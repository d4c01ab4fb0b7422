"""End one session of the person asking."""

from typing import Annotated

import strawberry

from authberry.graph.context import Info
from authberry.graph.errors import SessionNotFound
from authberry.graph.fields import mutation
from authberry.graph.types import SessionsRevoked

RevokeSessionResult = Annotated[
    SessionsRevoked | SessionNotFound, strawberry.union("RevokeSessionResult")
]


@mutation()
async def revoke_session(info: Info, id: strawberry.ID) -> RevokeSessionResult | None:
    """End one of your sessions, as after losing a phone. Its access tokens stop at once."""
    viewer = await info.context.viewer()
    count = await info.context.auth.sessions.revocation.revoke(viewer, id, info.context.client)
    return SessionsRevoked(count=count)

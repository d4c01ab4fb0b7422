"""End the other sessions of the person asking."""

from authberry.graph.context import Info
from authberry.graph.fields import mutation
from authberry.graph.types import SessionsRevoked


@mutation()
async def revoke_other_sessions(
    info: Info, include_current: bool = False
) -> SessionsRevoked | None:
    """End every session of the person asking but this one; with `includeCurrent`, this one too."""
    viewer = await info.context.viewer()
    count = await info.context.auth.sessions.revocation.revoke_others(
        viewer, info.context.client, include_current=include_current
    )
    return SessionsRevoked(count=count)

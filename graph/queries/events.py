"""Queries about what happened to one's account."""

import strawberry

from authberry.graph.context import Info
from authberry.graph.fields import query
from authberry.graph.types import SecurityEventConnection


@query()
async def security_events(
    info: Info, first: int = 20, after: str | None = strawberry.UNSET
) -> SecurityEventConnection | None:
    """What happened to the account of the person asking, newest first: a Relay connection.

    `first` is 1 to 100. Refreshes are not among them, and events are kept for a time only.
    """
    viewer = await info.context.viewer()
    events = info.context.auth.history
    async with info.context.turn():
        page = await events.page(viewer.user.id, first=first, after=after or None)
    return SecurityEventConnection.of(page, is_first=not after)

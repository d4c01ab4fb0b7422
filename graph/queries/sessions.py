"""Queries about sessions: the one that is asking, and all of a person."""

from authberry.graph.context import Info
from authberry.graph.fields import query
from authberry.graph.types import Session


@query()
async def session(info: Info) -> Session | None:
    """The session the access token belongs to."""
    viewer = await info.context.viewer()
    row = await info.context.auth.sessions.current(viewer)
    return Session.of(row, info.context.auth.sessions.proof(row), current=True)


@query()
async def sessions(info: Info) -> list[Session] | None:
    """Every live session of the person asking, newest use first."""
    viewer = await info.context.viewer()
    rules = info.context.auth.sessions
    async with info.context.turn():
        rows = await rules.live(viewer.user.id)
    return [Session.of(row, rules.proof(row), current=row.id == viewer.session.id) for row in rows]

"""The queries: who is asking, and where else they are logged in."""

from strawberry.types.field import StrawberryField

from authberry.graph.context import Info
from authberry.graph.fields import of_fields, query
from authberry.graph.types import Session, User


@query()
async def me(info: Info) -> User | None:
    """Who is asking. `UNAUTHENTICATED` without a valid access token."""
    viewer = await info.context.viewer()
    return User.of(viewer.user)


@query()
async def session(info: Info) -> Session | None:
    """The session the access token belongs to."""
    viewer = await info.context.viewer()
    row = await info.context.auth.sessions.current(viewer)
    return Session.of(row, current=True)


@query()
async def sessions(info: Info) -> list[Session] | None:
    """Every live session of the person asking, newest use first."""
    viewer = await info.context.viewer()
    rows = await info.context.auth.sessions.live(viewer.user.id)
    return [Session.of(row, current=row.id == viewer.session.id) for row in rows]


QUERIES: list[StrawberryField] = [me, session, sessions]


@of_fields(QUERIES)
class AuthQuery:
    """All of them, for a schema to inherit from or to merge."""

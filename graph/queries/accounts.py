"""The queries: who is asking, where else they are logged in, and what is known of them."""

import strawberry
from strawberry.scalars import JSON
from strawberry.types.field import StrawberryField

from authberry.graph.context import Info
from authberry.graph.events import SecurityEventConnection
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


@query()
async def security_events(
    info: Info, first: int = 20, after: str | None = strawberry.UNSET
) -> SecurityEventConnection | None:
    """What happened to the account of the person asking, newest first: a Relay connection.

    `first` is 1 to 100. Refreshes are not among them, and events are kept for a time only.
    """
    viewer = await info.context.viewer()
    events = info.context.auth.security_events
    page = await events.page(viewer.user.id, first=first, after=after or None)
    return SecurityEventConnection.of(page, is_first=not after)


@query()
async def account_export(info: Info) -> JSON | None:
    """Everything stored about the person asking, as JSON; what stands in it is documented."""
    viewer = await info.context.viewer()
    return JSON(await info.context.auth.account_export.of_viewer(viewer, info.context.client))


QUERIES: list[StrawberryField] = [me, session, sessions, security_events, account_export]


@of_fields(QUERIES)
class AuthQuery:
    """All of them, for a schema to inherit from or to merge."""

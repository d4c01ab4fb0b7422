"""Queries about one's account."""

from strawberry.scalars import JSON

from authberry.graph.context import Info
from authberry.graph.fields import query
from authberry.graph.types import User


@query()
async def me(info: Info) -> User | None:
    """Who is asking. `UNAUTHENTICATED` without a valid access token."""
    viewer = await info.context.viewer()
    return User.of(viewer.user)


@query()
async def account_export(info: Info) -> JSON | None:
    """Everything stored about the person asking, as JSON; what stands in it is documented."""
    viewer = await info.context.viewer()
    return JSON(await info.context.auth.accounts.export.of_viewer(viewer, info.context.client))

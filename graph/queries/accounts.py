"""Queries about one's account."""

import strawberry
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
async def account_export(info: Info, after: str | None = strawberry.UNSET) -> JSON | None:
    """Everything stored about the person asking, as JSON; what stands in it is documented.

    Of more than 1,000 rows, `next` in the answer is what to ask for the others with, as `after`;
    else it is null.
    """
    viewer = await info.context.viewer()
    export, client = info.context.auth.accounts.export, info.context.client
    async with info.context.turn():
        return JSON(await export.of_viewer(viewer, client, after=after or None))

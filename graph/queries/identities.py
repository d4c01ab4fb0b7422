"""Queries about logging in at providers."""

from authberry.graph.context import Info
from authberry.graph.fields import query
from authberry.graph.types import ExternalProvider, Identity


@query(public=True)
async def external_providers(info: Info) -> list[ExternalProvider]:
    """Where somebody can log in instead: which buttons to draw, in this order."""
    return [ExternalProvider.of(one) for one in info.context.auth.providers.offered()]


@query()
async def identities(info: Info) -> list[Identity] | None:
    """What logs in to the account of the person asking from elsewhere, the oldest first."""
    viewer = await info.context.viewer()
    rows = await info.context.auth.identities.linking.of(viewer.user)
    return [Identity.of(row) for row in rows]

"""Unlink a login at a provider."""

from typing import Annotated

import strawberry

from authberry.graph.context import Info
from authberry.graph.errors import IdentityNotFound, LastWayIn
from authberry.graph.fields import mutation
from authberry.graph.types import IdentityUnlinked

UnlinkIdentityResult = Annotated[
    IdentityUnlinked | IdentityNotFound | LastWayIn, strawberry.union("UnlinkIdentityResult")
]


@mutation(recent=True)
async def unlink_identity(info: Info, id: strawberry.ID) -> UnlinkIdentityResult | None:
    """Let an account at a provider log in no more. The last way in stays.

    Needs a login of the last five minutes, with a second factor (`STEP_UP_REQUIRED`).
    """
    viewer = await info.context.viewer()
    await info.context.auth.identities.linking.unlink(viewer, id, info.context.client)
    return IdentityUnlinked()

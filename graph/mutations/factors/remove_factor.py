"""Take a factor off."""

from typing import Annotated

import strawberry

from authberry.graph.context import Info
from authberry.graph.errors import FactorNotFound, FactorRequired, LastWayIn
from authberry.graph.fields import mutation
from authberry.graph.types import FactorRemoved

RemoveFactorResult = Annotated[
    FactorRemoved | FactorNotFound | LastWayIn | FactorRequired,
    strawberry.union("RemoveFactorResult"),
]


@mutation(recent=True)
async def remove_factor(info: Info, id: strawberry.ID) -> RemoveFactorResult | None:
    """Take an app or a passkey off. Behind the last one, the recovery codes go, too.

    Needs a login of the last five minutes, with a second factor (`STEP_UP_REQUIRED`).
    """
    viewer = await info.context.viewer()
    await info.context.auth.logins.enrollment.remove(viewer, id, info.context.client)
    return FactorRemoved()

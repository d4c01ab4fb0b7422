"""Give a factor another name."""

from typing import Annotated

import strawberry

from authberry.graph.context import Info
from authberry.graph.errors import FactorNotFound, InvalidInput
from authberry.graph.fields import mutation
from authberry.graph.types import Factor, Passkey, Totp

RenameFactorResult = Annotated[
    Totp | Passkey | FactorNotFound | InvalidInput, strawberry.union("RenameFactorResult")
]


@mutation()
async def rename_factor(info: Info, id: strawberry.ID, name: str) -> RenameFactorResult | None:
    """Give one of your apps or passkeys another name."""
    viewer = await info.context.viewer()
    enrollment = info.context.auth.logins.enrollment
    return Factor.of(await enrollment.rename(viewer, id, name, info.context.client))

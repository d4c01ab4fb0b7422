"""Keep the factors of an account."""

from typing import Annotated

import strawberry

from authberry.graph.context import Info
from authberry.graph.errors import InvalidToken
from authberry.graph.fields import mutation
from authberry.graph.types import FactorResetCancelled

CancelFactorResetResult = Annotated[
    FactorResetCancelled | InvalidToken, strawberry.union("CancelFactorResetResult")
]


@mutation(public=True, credential=True)
async def cancel_factor_reset(
    info: Info, token: str | None = strawberry.UNSET
) -> CancelFactorResetResult:
    """Cancel a reset that waits: with the token of a mail that told of it, or logged in."""
    resets = info.context.auth.logins.second_factors.resets
    if token:
        await resets.cancel_by_link(token, info.context.client)
    else:
        await resets.cancel(await info.context.viewer(), info.context.client)
    return FactorResetCancelled()

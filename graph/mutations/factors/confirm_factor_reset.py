"""Begin the wait behind which lost factors are taken off."""

from typing import Annotated

import strawberry

from authberry.graph.context import Info
from authberry.graph.errors import InvalidToken, TooManyAttempts
from authberry.graph.fields import mutation
from authberry.graph.types import FactorResetScheduled

ConfirmFactorResetResult = Annotated[
    FactorResetScheduled | InvalidToken | TooManyAttempts,
    strawberry.union("ConfirmFactorResetResult"),
]


@mutation(public=True, credential=True)
async def confirm_factor_reset(info: Info, token: str) -> ConfirmFactorResetResult:
    """Begin the wait with the token of a mailed link, once.

    Every address of the account is told. Whoever holds the account can cancel it until then, and
    any login that proves a factor does.
    """
    resets = info.context.auth.logins.second_factors.resets
    effective_at = await resets.confirm(token, info.context.client)
    return FactorResetScheduled(effective_at=effective_at)

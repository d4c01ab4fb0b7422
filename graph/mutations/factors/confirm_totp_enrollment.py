"""Prove an app with a code of it."""

from typing import Annotated

import strawberry

from authberry.graph.context import Info
from authberry.graph.errors import InvalidProof, InvalidToken, TooManyAttempts
from authberry.graph.fields import mutation
from authberry.graph.types import FactorAdded

ConfirmTotpEnrollmentResult = Annotated[
    FactorAdded | InvalidProof | InvalidToken | TooManyAttempts,
    strawberry.union("ConfirmTotpEnrollmentResult"),
]


@mutation(public=True, credential=True)
async def confirm_totp_enrollment(
    info: Info,
    code: str,
    ticket: str | None = strawberry.UNSET,
    login_ticket: str | None = strawberry.UNSET,
) -> ConfirmTotpEnrollmentResult | None:
    """Activate an app with a code of it. The first factor ends every other session.

    `ticket` is that of `beginTotpEnrollment`, `loginTicket` that of `FactorEnrollmentRequired`
    where no cookie holds it. Then `completeLogin` follows, without a proof.
    """
    who = await info.context.enrolling(login_ticket or None)
    enrollment = info.context.auth.logins.enrollment
    added = await enrollment.confirm_totp(who, ticket or None, code, info.context.client)
    return FactorAdded.of(added)

"""Set up an app that shows codes."""

import strawberry

from authberry.graph.context import Info
from authberry.graph.fields import mutation
from authberry.graph.types import TotpEnrollment


@mutation(public=True, credential=True)
async def begin_totp_enrollment(
    info: Info, name: str | None = strawberry.UNSET, ticket: str | None = strawberry.UNSET
) -> TotpEnrollment | None:
    """Make a secret for an app. It is active once `confirmTotpEnrollment` has proved it.

    Needs a login of the last five minutes, with a second factor if there is one
    (`STEP_UP_REQUIRED`); or a login that `FactorEnrollmentRequired` has answered, by its `ticket`
    or its cookie.
    """
    who = await info.context.enrolling(ticket or None)
    enrollment = info.context.auth.logins.enrollment
    return TotpEnrollment.of(enrollment.begin_totp(who, name or None))

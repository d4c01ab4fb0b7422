"""Make a passkey."""

import strawberry

from authberry.graph.context import Info
from authberry.graph.fields import mutation
from authberry.graph.types import PasskeyRegistration


@mutation(public=True, credential=True)
async def begin_passkey_registration(
    info: Info, ticket: str | None = strawberry.UNSET
) -> PasskeyRegistration | None:
    """Ask the browser to make a passkey: `navigator.credentials.create` takes the options.

    Needs a recent login, as `beginTotpEnrollment` does.
    """
    who = await info.context.enrolling(ticket or None)
    return PasskeyRegistration.of(await info.context.auth.logins.enrollment.begin_passkey(who))

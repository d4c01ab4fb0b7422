"""Set a new password with a link."""

from typing import Annotated

import strawberry

from authberry import RefreshTokenTransport
from authberry.graph.context import Info
from authberry.graph.errors import InvalidToken, TooManyAttempts, WeakPassword
from authberry.graph.fields import mutation
from authberry.graph.types import PasswordReset, SecondFactorRequired
from authberry.models import User

ResetPasswordResult = Annotated[
    PasswordReset | SecondFactorRequired | InvalidToken | WeakPassword | TooManyAttempts,
    strawberry.union("ResetPasswordResult"),
]


@mutation(public=True, credential=True)
async def reset_password(
    info: Info,
    token: str,
    new_password: str,
    transport: RefreshTokenTransport = RefreshTokenTransport.COOKIE,
) -> ResetPasswordResult:
    """Set a new password with the token of a mailed link, once.

    Ends every session and begins none: log in with the new password. Where the account has a second
    factor, nothing is set before `completePasswordReset` has proved it; `transport` says how that
    is waited for.
    """
    context = info.context
    context.delivery.require(transport)
    outcome = await context.auth.accounts.recovery.reset(
        token, new_password, context.client, transport
    )
    if not isinstance(outcome, User):
        return context.browser.pending_login.deliver_second(outcome, context.auth.clock.now())
    context.browser.remember(outcome.email)
    return PasswordReset()

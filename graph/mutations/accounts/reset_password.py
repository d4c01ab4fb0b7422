"""Set a new password with a link."""

from typing import Annotated

import strawberry

from authberry.graph.context import Info
from authberry.graph.errors import InvalidToken, TooManyAttempts, WeakPassword
from authberry.graph.fields import mutation
from authberry.graph.types import PasswordReset

ResetPasswordResult = Annotated[
    PasswordReset | InvalidToken | WeakPassword | TooManyAttempts,
    strawberry.union("ResetPasswordResult"),
]


@mutation(public=True, credential=True)
async def reset_password(info: Info, token: str, new_password: str) -> ResetPasswordResult:
    """Set a new password with the token of a mailed link, once.

    Ends every session and begins none: log in with the new password.
    """
    recovery = info.context.auth.accounts.recovery
    user = await recovery.reset(token, new_password, info.context.client)
    info.context.remember_device(user.email)
    return PasswordReset()

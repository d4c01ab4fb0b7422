"""Set a new password once the second factor is proved."""

from typing import Annotated

import strawberry

from authberry.graph.context import Info
from authberry.graph.errors import InvalidProof, InvalidToken, TooManyAttempts, WeakPassword
from authberry.graph.fields import mutation
from authberry.graph.types import PasswordReset, Proof

CompletePasswordResetResult = Annotated[
    PasswordReset | InvalidProof | InvalidToken | WeakPassword | TooManyAttempts,
    strawberry.union("CompletePasswordResetResult"),
]


@mutation(public=True, credential=True)
async def complete_password_reset(
    info: Info, proof: Proof, ticket: str | None = strawberry.UNSET
) -> CompletePasswordResetResult:
    """Set the password of a reset that `SecondFactorRequired` has answered.

    Ends every session and begins none: log in with the new password.
    """
    context = info.context
    user = await context.auth.accounts.recovery.complete(
        context.browser.pending_login.tickets(ticket or None), proof.presented(), context.client
    )
    context.browser.pending_login.forget()
    context.browser.remember(user.email)
    return PasswordReset()

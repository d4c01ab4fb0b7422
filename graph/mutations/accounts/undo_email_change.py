"""Take the former address back with a link."""

from typing import Annotated

import strawberry

from authberry.graph.context import Info
from authberry.graph.errors import EmailTaken, InvalidToken, TooManyAttempts
from authberry.graph.fields import mutation
from authberry.graph.types import EmailVerified, User

UndoEmailChangeResult = Annotated[
    EmailVerified | InvalidToken | EmailTaken | TooManyAttempts,
    strawberry.union("UndoEmailChangeResult"),
]


@mutation(public=True, credential=True)
async def undo_email_change(info: Info, token: str) -> UndoEmailChangeResult:
    """Take the former address back, with the token of the link that was mailed to it, once.

    Ends every session and drops the password, which whoever changed the address knew. A link that
    sets a new one is mailed to the restored address.
    """
    user = await info.context.auth.accounts.email_changes.undo(token, info.context.client)
    info.context.browser.remember(user.email)
    return EmailVerified(user=User.of(user))

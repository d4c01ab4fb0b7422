"""Change the address with a link."""

from typing import Annotated

import strawberry

from authberry.graph.context import Info
from authberry.graph.errors import EmailTaken, InvalidToken, TooManyAttempts
from authberry.graph.fields import mutation
from authberry.graph.types import EmailVerified, User

ConfirmEmailChangeResult = Annotated[
    EmailVerified | InvalidToken | EmailTaken | TooManyAttempts,
    strawberry.union("ConfirmEmailChangeResult"),
]


@mutation(public=True, credential=True)
async def confirm_email_change(info: Info, token: str) -> ConfirmEmailChangeResult:
    """Take the new address, with the token of the link that was mailed to it, once.

    The former address is told, with a link that undoes it. Sessions go on.
    """
    user = await info.context.auth.accounts.email_changes.confirm(token, info.context.client)
    info.context.browser.remember(user.email)
    return EmailVerified(user=User.of(user))

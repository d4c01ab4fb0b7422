"""Prove an address with a link."""

from typing import Annotated

import strawberry

from authberry.graph.context import Info
from authberry.graph.errors import InvalidToken, TooManyAttempts
from authberry.graph.fields import mutation
from authberry.graph.types import EmailVerified, User

VerifyEmailResult = Annotated[
    EmailVerified | InvalidToken | TooManyAttempts, strawberry.union("VerifyEmailResult")
]


@mutation(public=True, credential=True)
async def verify_email(info: Info, token: str) -> VerifyEmailResult:
    """Prove an address with the token of a mailed link, once."""
    context = info.context
    held = context.browser.external_login.held()
    user = await context.auth.identities.verify_email(token, held, context.client)
    context.browser.remember(user.email)
    return EmailVerified(user=User.of(user))

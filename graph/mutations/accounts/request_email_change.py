"""Ask for a link that changes the address."""

from typing import Annotated

import strawberry

from authberry.graph.context import Info
from authberry.graph.errors import InvalidCredentials, InvalidInput, TooManyAttempts
from authberry.graph.fields import mutation
from authberry.graph.types import EmailSent

RequestEmailChangeResult = Annotated[
    EmailSent | InvalidCredentials | InvalidInput | TooManyAttempts,
    strawberry.union("RequestEmailChangeResult"),
]


@mutation(credential=True)
async def request_email_change(
    info: Info, new_email: str, password: str
) -> RequestEmailChangeResult | None:
    """Prove the password, and mail a link to the new address; nothing changes before it is opened.

    Answers the same if somebody has that address, who is not told. For somebody without a password
    a login of the last five minutes is enough.
    """
    viewer = await info.context.viewer()
    await info.context.auth.accounts.email_changes.request(
        viewer, new_email, password, info.context.client
    )
    return EmailSent()

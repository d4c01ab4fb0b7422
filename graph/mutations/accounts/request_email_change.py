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
    info: Info, new_email: str, password: str | None = strawberry.UNSET
) -> RequestEmailChangeResult | None:
    """Prove the password, and mail a link to the new address; nothing changes before it is opened.

    Answers the same if somebody has that address, who is not told. A login of the
    last five minutes stands for the password. Whoever has a second factor has to have proved it in
    this session (`STEP_UP_REQUIRED`).
    """
    viewer = await info.context.viewer_who_proves(password or None)
    await info.context.auth.accounts.email_changes.request(
        viewer, new_email, password or None, info.context.client
    )
    return EmailSent()

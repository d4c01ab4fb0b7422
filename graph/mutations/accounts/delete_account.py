"""Delete the account."""

from typing import Annotated

import strawberry

from authberry import RefreshTokenTransport
from authberry.graph.context import Info
from authberry.graph.errors import InvalidCredentials, TooManyAttempts
from authberry.graph.fields import mutation
from authberry.graph.types import AccountDeleted

DeleteAccountResult = Annotated[
    AccountDeleted | InvalidCredentials | TooManyAttempts, strawberry.union("DeleteAccountResult")
]


@mutation(credential=True)
async def delete_account(
    info: Info, password: str | None = strawberry.UNSET
) -> DeleteAccountResult | None:
    """Prove the password, and delete the account with everything that is stored about its owner.

    Ends every session. Where the service grants a time to think it over, `deletesAt` says when the
    account goes, and logging in before then keeps it. A login of the last
    five minutes stands for the password. Whoever has a second factor has to have proved it in this
    session (`STEP_UP_REQUIRED`).
    """
    viewer = await info.context.viewer_who_proves(password or None)
    transport = RefreshTokenTransport(viewer.session.transport)
    info.context.delivery.require(transport)
    deletion = info.context.auth.accounts.deletion
    deletes_at = await deletion.request(viewer, password or None, info.context.client)
    info.context.delivery.forget(transport)
    if deletes_at is None:
        info.context.browser.forget(viewer.user.email)
    return AccountDeleted(deletes_at=deletes_at)

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
async def delete_account(info: Info, password: str) -> DeleteAccountResult | None:
    """Prove the password, and delete the account with everything that is stored about its owner.

    Ends every session. Where the service grants a time to think it over, `deletesAt` says when the
    account goes, and logging in before then keeps it. Whoever has no password proves it by a login
    of the last five minutes.
    """
    viewer = await info.context.viewer()
    transport = RefreshTokenTransport(viewer.session.transport)
    info.context.require_deliverable(transport)
    deletion = info.context.auth.accounts.deletion
    deletes_at = await deletion.request(viewer, password, info.context.client)
    info.context.clear_refresh_token_cookie(transport)
    if deletes_at is None:
        info.context.forget_device(viewer.user.email)
    return AccountDeleted(deletes_at=deletes_at)

"""Set a new password."""

from typing import Annotated

import strawberry

from authberry import RefreshTokenTransport
from authberry.graph.context import Info
from authberry.graph.errors import InvalidCredentials, TooManyAttempts, WeakPassword
from authberry.graph.fields import mutation
from authberry.graph.types import AuthPayload

ChangePasswordResult = Annotated[
    AuthPayload | InvalidCredentials | WeakPassword | TooManyAttempts,
    strawberry.union("ChangePasswordResult"),
]


@mutation(credential=True)
async def change_password(
    info: Info, current_password: str, new_password: str
) -> ChangePasswordResult | None:
    """Prove the old password and set a new one.

    Ends every other session and renews this one: its id and both of its tokens are new, those of
    before are good for nothing at once, and the refresh token travels the way it did at login.
    """
    viewer = await info.context.viewer()
    transport = RefreshTokenTransport(viewer.session.transport)
    info.context.require_deliverable(transport)
    issued = await info.context.auth.accounts.password_changes.change(
        viewer, current_password, new_password, info.context.client
    )
    info.context.go_on_as(issued)
    return info.context.deliver(issued, transport)

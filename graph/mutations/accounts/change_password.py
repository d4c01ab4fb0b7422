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
    info: Info, new_password: str, current_password: str | None = strawberry.UNSET
) -> ChangePasswordResult | None:
    """Prove the old password and set a new one. A login of the last five minutes stands for it.

    Whoever has a second factor has to have proved it in this session (`STEP_UP_REQUIRED`).
    Ends every other session and renews this one: its id and both of its tokens are new, those of
    before are good for nothing at once, and the refresh token travels the way it did at login.
    """
    viewer = await info.context.viewer_who_proves(current_password or None)
    transport = RefreshTokenTransport(viewer.session.transport)
    info.context.delivery.require(transport)
    issued = await info.context.auth.accounts.password_changes.change(
        viewer, current_password or None, new_password, info.context.client
    )
    info.context.go_on_as(issued)
    return info.context.delivery.tokens(issued, transport)

"""Trust a browser no longer."""

from typing import Annotated

import strawberry

from authberry.graph.context import Info
from authberry.graph.errors import TrustedDeviceNotFound
from authberry.graph.fields import mutation
from authberry.graph.types import TrustedDeviceRevoked

RevokeTrustedDeviceResult = Annotated[
    TrustedDeviceRevoked | TrustedDeviceNotFound, strawberry.union("RevokeTrustedDeviceResult")
]


@mutation()
async def revoke_trusted_device(info: Info, id: strawberry.ID) -> RevokeTrustedDeviceResult | None:
    """Have logins in one of your browsers ask for the second factor again."""
    viewer = await info.context.viewer()
    enrollment = info.context.auth.logins.enrollment
    await enrollment.revoke_trust(viewer.user, id, info.context.client)
    return TrustedDeviceRevoked()

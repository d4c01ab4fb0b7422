"""Make new recovery codes."""

from authberry.graph.context import Info
from authberry.graph.fields import mutation
from authberry.graph.types import RecoveryCodes


@mutation(credential=True, recent=True)
async def regenerate_recovery_codes(info: Info) -> RecoveryCodes | None:
    """Make ten recovery codes; those of before are good no more.

    Null for somebody without a second factor. Needs a login of the last five minutes, with a second
    factor (`STEP_UP_REQUIRED`).
    """
    viewer = await info.context.viewer()
    enrollment = info.context.auth.logins.enrollment
    codes = await enrollment.regenerate_codes(viewer, info.context.client)
    return RecoveryCodes(codes=codes) if codes else None

"""Ask for a link that takes lost factors off."""

from authberry.graph.context import Info
from authberry.graph.fields import mutation
from authberry.graph.types import EmailSent


@mutation(public=True, credential=True)
async def request_factor_reset(info: Info, email: str) -> EmailSent:
    """Mail a link that begins to take every factor off an account whose owner has lost them.

    Always answers the same, whether or not the address has an account, or factors.
    """
    resets = info.context.auth.logins.second_factors.resets
    await resets.request(email, info.context.client_on_device)
    return EmailSent()

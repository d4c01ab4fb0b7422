"""Ask for a link that sets a new password."""

from authberry.graph.context import Info
from authberry.graph.fields import mutation
from authberry.graph.types import EmailSent


@mutation(public=True, credential=True)
async def request_password_reset(info: Info, email: str) -> EmailSent:
    """Mail a link that sets a new password.

    Always answers the same, whether or not the address has an account.
    """
    await info.context.auth.accounts.recovery.request(email, info.context.client_on_device)
    return EmailSent()

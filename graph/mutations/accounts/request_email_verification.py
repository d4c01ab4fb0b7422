"""Ask for a link that proves an address."""

from authberry.graph.context import Info
from authberry.graph.fields import mutation
from authberry.graph.types import EmailSent


@mutation(public=True, credential=True)
async def request_email_verification(info: Info, email: str) -> EmailSent:
    """Mail a link that proves an address.

    Always answers the same, whether or not the address has an account, or is proved already.
    """
    await info.context.auth.accounts.verification.request(email, info.context.client_on_device)
    return EmailSent()

"""Ask for a link that logs in."""

from authberry.graph.context import Info
from authberry.graph.fields import mutation
from authberry.graph.types import EmailSent


@mutation(public=True, credential=True)
async def request_login_link(info: Info, email: str) -> EmailSent:
    """Mail a link that logs in, where it was asked for: in this browser, by an HttpOnly cookie.

    Always answers the same, whether or not the address has an account.
    """
    browser = info.context.browser.login_link.remember()
    await info.context.auth.logins.links.request(email, browser, info.context.client_on_device)
    return EmailSent()

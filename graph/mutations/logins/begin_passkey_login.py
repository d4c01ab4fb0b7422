"""Ask for a passkey."""

from authberry.graph.context import Info
from authberry.graph.fields import mutation
from authberry.graph.types import PasskeyLogin


@mutation(public=True)
async def begin_passkey_login(info: Info) -> PasskeyLogin:
    """For `navigator.credentials.get`: to log in, or to reauthenticate.

    Says nothing of who has one, so that a login page can ask before anybody has typed anything.
    """
    return PasskeyLogin.of(info.context.auth.logins.passkeys.begin())

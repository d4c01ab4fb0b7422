"""Signing keys in the database, and what is looked at of them."""

from collections.abc import Awaitable, Callable

from authberry import Auth, Issued
from authberry.errors import Unauthenticated
from authberry.signing.keys import KeyState

MakeAuth = Callable[..., Awaitable[Auth]]
ACTIVE, NEXT, RETIRED = KeyState.ACTIVE, KeyState.NEXT, KeyState.RETIRED
DAY = 24 * 60 * 60


def states(auth: Auth) -> list[KeyState]:
    """The states of the keys a process knows, oldest first."""
    return [state for _, state in auth.signing.keys.states()]


def published(auth: Auth) -> list[str]:
    """The key ids in the key set."""
    return [jwk["kid"] for jwk in auth.signing.keys.jwks()["keys"]]


async def is_good(auth: Auth, issued: Issued) -> bool:
    """Whether an access token verifies, its time aside."""
    try:
        await auth.signing.access_tokens.verify(issued.access_token.value, may_be_expired=True)
    except Unauthenticated:
        return False
    return True

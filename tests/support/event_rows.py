"""Events in the database, and what is looked at of them."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from people import BROWSER
from rows import everything

from authberry import Auth, Client, RefreshTokenTransport
from authberry.errors import InvalidCredentials
from authberry.events.log import Event
from authberry.models import User

MakeAuth = Callable[..., Awaitable[Auth]]
BODY = RefreshTokenTransport.BODY


@pytest.fixture
async def auth(make_auth: MakeAuth) -> Auth:
    """An `Auth` that stores events."""
    return await make_auth(event_ttl=90 * 86400)


async def stored(auth: Auth) -> list[dict[str, Any]]:
    """The rows there are, in their order, once what was recorded is written."""
    await auth.resources.events.flush()
    return (await everything(auth))["SecurityEvent"]


async def kinds(auth: Auth) -> list[str]:
    """What happened, in its order."""
    return [row["kind"] for row in await stored(auth)]


async def fail_to_log_in(auth: Auth, email: str, client: Client = BROWSER) -> None:
    """Try a wrong password."""
    with pytest.raises(InvalidCredentials):
        await auth.logins.passwords.login(email, "a wrong password", client, BODY)


def record(auth: Auth, user: User, reason: str, client: Client = BROWSER) -> None:
    """Have something happen to somebody, and nothing else."""
    log = auth.resources.log
    log.record(Event.PASSWORD_CHANGED, client, user_id=user.id, reason=reason)

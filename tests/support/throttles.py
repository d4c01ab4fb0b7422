"""Throttles whose counts are in this process or in Valkey."""

from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from database_servers import Valkey
from limits import parse
from people import BROWSER

from authberry import Auth, Client, RefreshTokenTransport
from authberry.errors import InvalidCredentials, TooManyAttempts
from authberry.events.log import SecurityLog
from authberry.metrics import Metrics
from authberry.throttle import Budget, Throttle

MakeAuth = Callable[..., Awaitable[Auth]]
BODY = RefreshTokenTransport.BODY


def budget(limit: str, *subject: str) -> Budget:
    """So many attempts for one subject."""
    return Budget(parse(limit), subject or ("test",))


async def spent(throttle: Throttle, *budgets: Budget) -> bool:
    """Whether an attempt was there to be spent."""
    try:
        await throttle.spend(BROWSER, *budgets)
    except TooManyAttempts:
        return False
    return True


@pytest.fixture(params=["memory", "valkey"])
def url(request: pytest.FixtureRequest) -> str:
    """Where attempts are counted."""
    if request.param == "memory":
        return "memory://"
    valkey: Valkey = request.getfixturevalue("valkey")
    return valkey.url


@pytest.fixture
async def throttle(url: str) -> AsyncIterator[Throttle]:
    """A throttle with nothing counted."""
    throttle = Throttle(url, SecurityLog(Metrics()))
    yield throttle
    await throttle.close()


async def guess(auth: Auth, email: str = "ada@example.com", client: Client = BROWSER) -> object:
    """One wrong guess."""
    try:
        await auth.logins.passwords.login(email, "wrong password", client, BODY)
    except (InvalidCredentials, TooManyAttempts) as refusal:
        return type(refusal)
    return None


async def guesses(auth: Auth, count: int) -> Counter[object]:
    """Many of them, one after another."""
    return Counter([await guess(auth) for _ in range(count)])

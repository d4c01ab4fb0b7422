"""Commands on the test's database, and the rules on the same."""

from collections.abc import Awaitable, Callable

import pytest
from command_line import SECRET, authberry, quiet_logging
from diagnosis import configure
from people import PASSWORD

from authberry import Auth
from authberry.clock import SystemClock
from authberry.models import User

__all__ = ["authberry", "configure", "quiet_logging"]

MakeAuth = Callable[..., Awaitable[Auth]]


@pytest.fixture
async def rules(make_auth: MakeAuth) -> Auth:
    """The rules on the database that the commands are run on, by the same clock."""
    return await make_auth(clock=SystemClock(), secret=SECRET)


@pytest.fixture
async def ada(rules: Auth) -> User:
    """Ada, who can log in."""
    return await rules.accounts.create("ada@example.com", PASSWORD, "Ada", ("admin",))

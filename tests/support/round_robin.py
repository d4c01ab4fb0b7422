"""One server of a test can be two on one database, in round robin: each request goes to the next.

With `TEST_SERVERS=2`. A test then fails if a server keeps in memory what the other one needs.
"""

import os
from collections.abc import Sequence
from itertools import cycle

import pytest
from starlette.applications import Starlette
from starlette.types import Receive, Scope, Send

from authberry import Auth
from authberry.signing import Signing

SERVERS = os.environ.get("TEST_SERVERS", "1")


@pytest.fixture
def server_count(request: pytest.FixtureRequest) -> int:
    """How many servers there are where a test asks for one."""
    return 1 if request.node.get_closest_marker("one_process") else int(SERVERS)


@pytest.fixture
def throttle_url(request: pytest.FixtureRequest, server_count: int) -> str:
    """Where one server counts attempts by itself, and two count them together."""
    return "memory://" if server_count == 1 else str(request.getfixturevalue("valkey").url)


class RoundRobinApps(Starlette):
    """Applications behind one address."""

    def __init__(self, apps: Sequence[Starlette]) -> None:
        """Show the rules of the first; requests begin with the second, which knows none of them."""
        super().__init__()
        self.state = apps[0].state
        self._turns = cycle([*apps[1:], apps[0]])

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request to the next application."""
        await next(self._turns)(scope, receive, send)


class RoundRobinAuth:
    """Rules on one database: each use of a service that acts for clients is the next one's."""

    ACTING = ("accounts", "logins", "sessions")

    def __init__(self, auths: Sequence[Auth]) -> None:
        """Begin with the second; what is looked into, such as the keys, is the first's."""
        self._first = auths[0]
        self._turns = cycle([*auths[1:], auths[0]])

    def __getattr__(self, name: str) -> object:
        """Return a service, or whatever else there is."""
        if name == "signing":
            return Signing(self._first.signing.keys, next(self._turns).signing.access_tokens)
        return getattr(next(self._turns) if name in self.ACTING else self._first, name)

"""Each framework in turn, and what it answers."""

from typing import Protocol

import pytest
from browser import Browser
from route_hosts import FRAMEWORKS, route_host

from authberry import Auth


@pytest.fixture(params=FRAMEWORKS)
def framework(request: pytest.FixtureRequest) -> str:
    """Each framework whose routes can ask."""
    return str(request.param)


class Visit(Protocol):
    """Makes a browser that looks at a host."""

    def __call__(self, login_url: str | None = None) -> Browser:
        """Look at it, with nobody logged in."""


@pytest.fixture
def visit(auth: Auth, framework: str) -> Visit:
    """Look at a host of a framework."""
    return lambda login_url=None: Browser(route_host(framework, auth, login_url))


@pytest.fixture
def stranger(visit: Visit) -> Browser:
    """A browser in which nobody is logged in."""
    return visit()

"""The application in this process: fixtures for `graph` and `server`."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from typing import Protocol

import pytest
from browser import Browser
from frozen_clock import FrozenClock
from people import PASSWORD, begin
from starlette.applications import Starlette

from authberry import Auth, Issued, RefreshTokenTransport, Settings
from authberry.models import Database, User
from authberry.server.app import create_app

SECRET = "YW5vdGhlciBrZXkgZm9yIHRlc3RzIG9ubHksIG5vdCBmb3IgeW91"
PRODUCTION = {"env": "production", "public_url": "https://auth.example.com"}

MakeBrowser = Callable[..., Browser]


class MakeApp(Protocol):
    """Starts an application on the test's database; once more for a second process."""

    async def __call__(self, **settings: object) -> Starlette:
        """Start, with the settings named; it is stopped when the test ends."""


@pytest.fixture
async def make_app(database_url: str, clock: FrozenClock) -> AsyncIterator[MakeApp]:
    """Start an application or several.

    The limits that would get in the way of a test about something else are off.
    """
    defaults: dict[str, object] = {
        "database_url": database_url,
        "secret": SECRET,
        "register_attempts": None,
        "refresh_attempts": None,
        "session_attempts": None,
    }
    async with AsyncExitStack() as stack:

        async def make(**settings: object) -> Starlette:
            app = create_app(Settings.load(**{**defaults, **settings}), clock=clock)
            if app.state.auth.settings.is_production:
                await migrate(database_url)
            await stack.enter_async_context(app.router.lifespan_context(app))
            return app

        yield make


async def migrate(database_url: str) -> None:
    """Make the tables, as an operator does before production starts."""
    database = Database(database_url)
    await database.open()
    await database.migrate()
    await database.close()


@pytest.fixture
async def app(make_app: MakeApp) -> Starlette:
    """An application in development mode, on the test's database and the frozen clock."""
    return await make_app()


@pytest.fixture
async def production(make_app: MakeApp) -> Starlette:
    """An application in production mode, at https://auth.example.com."""
    return await make_app(**PRODUCTION)


@pytest.fixture
def auth(app: Starlette) -> Auth:
    """The rules behind `app`."""
    auth: Auth = app.state.auth
    return auth


@pytest.fixture
def browser(app: Starlette) -> Browser:
    """A browser that looks at `app`."""
    return Browser(app)


@pytest.fixture
async def ada(auth: Auth) -> User:
    """Ada, whose password is `PASSWORD`."""
    return await auth.accounts.create("ada@example.com", PASSWORD, "Ada", ("admin",))


@pytest.fixture
async def issued(auth: Auth, ada: User) -> Issued:
    """A session of Ada's, in a program without a cookie jar."""
    return await begin(auth, ada)


@pytest.fixture
async def in_browser(auth: Auth, ada: User, browser: Browser) -> Issued:
    """A session of Ada's, in `browser`."""
    issued = await begin(auth, ada, transport=RefreshTokenTransport.COOKIE)
    browser.keep("refresh_token", issued.refresh_token)
    return issued

"""A user who is logged in to a server, for tests of faults."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import pytest
from apps import person
from browser import Browser, data
from documents import ME, REFRESH_TOKEN
from people import begin
from processes import OpenBrowser, Serve, Server, rules_on
from rows import everything_but_events, session_row

from authberry import Issued, RefreshTokenTransport


@dataclass
class LoggedInUser:
    """A user, the browser with their refresh token, and an access token."""

    server: Server
    browser: Browser
    issued: Issued
    token: str

    async def is_served(self) -> bool:
        """Whether a refresh and `me` succeed with the tokens there are."""
        for document in (REFRESH_TOKEN, ME):
            response = await self.browser.ask(document, token=self.token)
            if response.status_code != 200 or "errors" in response.json():
                return False
            assert data(response).get("code") is None
        return True

    async def session(self) -> dict[str, Any]:
        """The row of her session."""
        async with rules_on(self.server.database_url) as rules:
            return await session_row(rules, self.issued)

    async def rows(self) -> dict[str, int]:
        """How many rows each table has, without the table of events, which goes on growing."""
        async with rules_on(self.server.database_url) as rules:
            tables = await everything_but_events(rules)
        return {name: len(rows) for name, rows in tables.items()}


LogIn = Callable[..., Awaitable[LoggedInUser]]


@pytest.fixture
def log_in(serve: Serve, open_browser: OpenBrowser) -> LogIn:
    """Start a server and log Ada in to it; in a database elsewhere, if one is named."""

    async def log_in(**settings: object) -> LoggedInUser:
        unlimited = {"refresh_attempts": "off", "login_attempts": "100000/minute"}
        unlimited |= {"login_attempts_per_account": "100000/minute"}
        unlimited |= {"login_attempts_per_address": "off", "register_attempts": "off"}
        server = serve(**{**unlimited, **settings})
        browser = open_browser(server)
        async with rules_on(server.database_url) as rules:
            ada = await person(rules, "ada@example.com")
            issued = await begin(rules, ada, transport=RefreshTokenTransport.COOKIE)
        browser.keep("refresh_token", issued.refresh_token)
        token = data(await browser.ask(REFRESH_TOKEN))["accessToken"]
        return LoggedInUser(server, browser, issued, token)

    return log_in

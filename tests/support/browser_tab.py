"""A browser tab with our test page, which uses the client with one of three libraries."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from itertools import cycle, islice
from urllib.parse import urlencode

from people import PASSWORD
from playwright.async_api import BrowserContext, Page, Request

TIMEOUT = 60  # seconds
LIBRARIES = ("apollo", "urql", "graphql-request")


@dataclass(frozen=True)
class BrowserTab:
    """One page, which has the client as `auth`."""

    page: Page

    async def register(self, email: str = "ada@example.com") -> str:
        """Make an account; returns the type of the answer."""
        return await self._do("auth.register({email, password})", email)

    async def login(self, email: str = "ada@example.com", password: str = PASSWORD) -> str:
        """Log in; returns the type of the answer, or the code of what went wrong."""
        return await self._do("auth.login({email, password})", email, password)

    async def logout(self) -> None:
        """Log out."""
        await self.page.evaluate("auth.logout()")

    async def me(self) -> str:
        """Ask the server: the address of the user, or the code of the error."""
        answer: str = await self.page.evaluate("me()")
        return answer

    async def refresh(self) -> str:
        """Refresh; returns the status, or the code of what went wrong."""
        answer: str = await self.page.evaluate(
            "auth.refresh().then((state) => state.status, (error) => error.code)"
        )
        return answer

    async def status(self) -> str:
        """The status that the page has, without a request."""
        status: str = await self.page.evaluate("auth.state.status")
        return status

    async def states(self) -> list[str]:
        """Every status that the page was notified of."""
        states: list[str] = await self.page.evaluate("states")
        return states

    def requests_of(self, field: str) -> list[Request]:
        """Every request from now on that asks for a field; the list grows."""
        sent: list[Request] = []

        def count(request: Request) -> None:
            if field in (request.post_data or ""):
                sent.append(request)

        self.page.on("request", count)
        return sent

    async def until(self, status: str) -> None:
        """Wait until the page knows."""
        await self.page.wait_for_function(
            "(status) => auth.state.status === status", arg=status, timeout=TIMEOUT * 1000
        )

    async def _do(self, act: str, email: str, password: str = PASSWORD) -> str:
        argument = {"email": email, "password": password}
        script = f"({{email, password}}) => {act}.then((a) => a.__typename, (e) => e.code)"
        answer: str = await self.page.evaluate(script, argument)
        return answer


@dataclass(frozen=True)
class BrowserTabs:
    """Opens tabs in one browser, on one server."""

    profile: BrowserContext
    page_url: str
    api_url: str
    transport: str = "COOKIE"

    async def open(self, library: str = "") -> BrowserTab:
        """Open a tab, which begins to restore the session."""
        asked = {
            "api": f"{self.api_url}/graphql",
            "library": library or LIBRARIES[0],
            "transport": self.transport,
        }
        page = await self.profile.new_page()
        await page.goto(f"{self.page_url}/tab/index.html?{urlencode(asked)}")
        return BrowserTab(page)

    async def restored(self, number: int) -> list[BrowserTab]:
        """Open tabs all at once, each library in turn, and wait until all have the session."""
        libraries = islice(cycle(LIBRARIES), number)
        tabs = await asyncio.gather(*(self.open(library) for library in libraries))
        await until_all(tabs, "loggedIn")
        return tabs


async def until_all(tabs: list[BrowserTab], status: str) -> None:
    """Wait until every tab knows."""
    await asyncio.gather(*(tab.until(status) for tab in tabs))


TabsOn = Callable[[str], BrowserTabs]
"""Opens tabs on the server at a URL, in one browser of the test's."""

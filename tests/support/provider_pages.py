"""Somebody at a provider's own pages, in a real browser; and a provider that has some."""

import asyncio
from datetime import UTC, datetime
from html import escape
from typing import Any
from urllib.parse import parse_qs, urlsplit

from account_pages import AccountPages
from frozen_clock import FrozenClock
from playwright.async_api import Page
from scripted_server import response
from stand_in_provider import StandInProvider

from authberry import Auth
from authberry.models import ExternalIdentity
from authberry.tokens.jose import Key

KEY = Key.generate("ES256")
"""Of a provider that is another one in each test, but the same to a server that knows its keys."""


async def press(tab: AccountPages, provider: str, to: str = "continue") -> None:
    """Press the button that leads to a provider: to continue, to link, or to prove."""
    name = tab.texts.page[f"provider.{to}"].format(provider=provider.capitalize())
    await tab.page.get_by_role("button", name=name, exact=True).click()


async def identities(rules: Auth, address: str) -> list[tuple[str, str]]:
    """What logs in to the account of an address: the provider, and whose account it is there."""
    with rules.database.use():
        rows = await ExternalIdentity.filter(user__email=address).order_by("provider", "subject")
        return [(row.provider, row.subject) for row in rows]


async def say_who(page: Page, account: str) -> None:
    """Say there who one is."""
    await page.locator("[name=login]").fill(account)
    await page.locator("[name=password]").fill("any")
    await page.locator("button[type=submit]").click()


async def log_in_there(page: Page, account: str) -> None:
    """Do so, and agree for the first time that it is told."""
    await say_who(page, account)
    await page.locator("[name=prompt][value=consent]").wait_for(state="attached")
    await page.locator("button[type=submit]").click()


async def refuse_there(page: Page) -> None:
    """Think better of it."""
    await page.get_by_role("link", name="Cancel").click()


class PostingProvider(StandInProvider):
    """Brings its answer by a form that its own page posts, as Apple does."""

    def __init__(self, port: int) -> None:
        """Be the provider at a port from now on."""
        super().__init__(FrozenClock(datetime.now(UTC)))
        self.port = port
        self.key, self.published = KEY, [KEY]
        self.page_headers: tuple[bytes, ...] = ()
        """What it says of its own page."""
        self.metadata = {"token_endpoint_auth_methods_supported": ["client_secret_post"]}

    async def _answer(self, writer: asyncio.StreamWriter) -> None:
        if self.paths()[-1] == "/authorize":
            headers = b"Content-Type: text/html", *self.page_headers
            await response(self._page().encode(), *headers)(writer)
        else:
            await super()._answer(writer)

    def _page(self) -> str:
        url = self.requests[-1].split()[1].decode()
        said = self.authorize(url)
        fields = "".join(
            f'<input type="hidden" name="{name}" value="{escape(value)}">'
            for name, value in said.items()
        )
        (callback,) = parse_qs(urlsplit(url).query)["redirect_uri"]
        return (
            f'<link rel="icon" href="data:,"><form method="post" action="{callback}">'
            f"{fields}<button>Continue</button></form>"
        )

    def _is_theirs(self, asked: Any) -> bool:
        """Take the client's secret as it is: another test looks at it."""
        return bool(self.form()["redirect_uri"] == asked["redirect_uri"])

"""The examples of server-rendered pages: each a frontend before a service, seen by a person."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import httpx
from node import NODE
from playwright.async_api import BrowserContext, Locator, Page, expect
from processes import Server
from program import Program
from recording_proxy import RecordingProxy

from bench.local_servers import free_port

COMMANDS = {
    "nextjs": ("node_modules/next/dist/bin/next", "start", "--hostname=127.0.0.1"),
    "sveltekit": ("build",),
}
"""What starts a frontend that is built; both are told the port by `PORT`."""

AWAKE = "new BroadcastChannel('person').onmessage = () => (window.isAwake = true)"
"""Runs in each page before its own scripts, and hears what these tell other tabs."""


def frontend(name: str, api_url: str) -> tuple[Program, int]:
    """A frontend that is built in the folder `TEST_SSR`, away from here, and its port."""
    port = free_port()
    environment: Mapping[str, str] = {
        "AUTHBERRY_URL": f"{api_url}/graphql",
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "NEXT_TELEMETRY_DISABLED": "1",
    }
    folder = Path(os.environ["TEST_SSR"]) / name
    return Program([NODE, *COMMANDS[name]], folder, environment, port), port


@dataclass(frozen=True)
class Site:
    """A frontend at a host, the service behind it, and the way between them."""

    name: str
    url: str
    server: Server
    api: RecordingProxy
    port: int

    async def render(self, client: httpx.AsyncClient, path: str, cookie: str) -> httpx.Response:
        """Render a page for whoever holds a cookie, past TLS, as a balancer asks for it."""
        host = self.url.removeprefix("https://")
        headers = {"Host": host, **({"Cookie": cookie} if cookie else {})}
        return await client.get(f"http://127.0.0.1:{self.port}{path}", headers=headers)


class Visit:
    """One tab, in the hands of somebody who sees only what it says."""

    def __init__(self, page: Page, site: Site, *, has_scripts: bool) -> None:
        """Nothing is open yet; see `open_`."""
        self.page = page
        self._site = site
        self._has_scripts = has_scripts

    @classmethod
    async def open_(
        cls, profile: BrowserContext, site: Site, path: str = "/", *, has_scripts: bool = True
    ) -> Self:
        """Open a tab."""
        page = await profile.new_page()
        await page.add_init_script(AWAKE)
        visit = cls(page, site, has_scripts=has_scripts)
        await visit.go(path)
        return visit

    async def go(self, path: str) -> None:
        """Type an address in, and wait until scripts have taken over, where there are any."""
        await self.page.goto(f"{self._site.url}{path}")
        await self.until_awake()

    async def reload(self) -> None:
        """Load the page anew, and wait as `go` does."""
        await self.page.reload()
        await self.until_awake()

    async def until_awake(self) -> None:
        """Wait until the page's scripts have told other tabs who is seen here."""
        if self._has_scripts:
            await self.page.wait_for_function("window.isAwake")

    async def fill(self, **fields: str) -> None:
        """Write into fields, found by their labels."""
        for label, text in fields.items():
            field = label.replace("E_", "E-").replace("_", " ")
            await self.page.get_by_label(field, exact=True).fill(text)

    async def press(self, button: str) -> None:
        """Press a button by what it says."""
        await self.page.get_by_role("button", name=button, exact=True).click()

    async def follow(self, link: str) -> None:
        """Follow a link by what it says."""
        await self.page.get_by_role("link", name=link, exact=True).click()

    @property
    def sessions(self) -> Locator:
        """The list of where she is logged in."""
        region = self.page.get_by_role("region", name="Where you are logged in")
        return region.get_by_role("listitem")

    async def sees(self, heading: str) -> None:
        """Wait until the page has this heading."""
        await expect(self.page.get_by_role("heading", level=1)).to_have_text(heading)

    async def is_known_as(self, name: str) -> None:
        """Wait until the header says who is logged in."""
        await expect(self.page.get_by_role("banner")).to_contain_text(name)

    async def is_nobody(self) -> None:
        """Wait until this is the login page, which says that nobody is logged in."""
        await self.sees("Log in")
        link = self.page.get_by_role("banner").get_by_role("link", name="Log in", exact=True)
        await expect(link).to_be_visible()

"""GraphiQL as somebody uses it, in a real browser."""

import asyncio
import json
from typing import Any, Self
from urllib.parse import urlsplit

from playwright.async_api import BrowserContext, ConsoleMessage, Error, Page, Request, Route, expect

READ = "name => __MONACO.editor.getModels().find(m => m.uri.path.endsWith(name)).getValue()"
TIMEOUT = 60_000  # milliseconds, on a machine that is busy with other tests


class GraphiQLPage:
    """One tab with GraphiQL; errors of the page are kept in `complaints`."""

    def __init__(self, page: Page) -> None:
        """Use a page that has been shown nothing yet."""
        self.page = page
        self.complaints: list[str] = []
        self.refreshes = 0
        self.bar = page.get_by_role("banner")
        page.set_default_timeout(TIMEOUT)
        page.on("console", self._hear)
        page.on("pageerror", self._note)
        page.on("request", self._count)

    @classmethod
    async def open(cls, profile: BrowserContext, url: str) -> Self:
        """Open the page in a new tab of somebody's browser."""
        await block_other_hosts(profile, url)
        tab = cls(await profile.new_page())
        await tab.page.goto(url)
        await tab.until_ready()
        return tab

    async def until_ready(self) -> None:
        """Wait for the editor, and until the page knows who is logged in."""
        await self.page.locator(".graphiql-query-editor .view-line").first.wait_for()
        await self.bar.locator("form, strong").first.wait_for()

    async def reload(self) -> None:
        """Load the page anew."""
        await self.page.reload()
        await self.until_ready()

    async def log_in(self, email: str, password: str) -> None:
        """Fill in the form."""
        await self.bar.get_by_label("Email").fill(email)
        await self.bar.get_by_label("Password").fill(password)
        await self.bar.get_by_role("button", name="Log in").click()

    async def log_out(self) -> None:
        """Press the button."""
        await self.bar.get_by_role("button", name="Log out").click()

    async def run(self, tab: str, **variables: object) -> Any:
        """Run what stands ready in a tab, with these variables; returns the answer."""
        await self.page.locator(f'.graphiql-tab-button[title="{tab}"]').click()
        if variables:
            await self.type(".graphiql-editor-tool", json.dumps(variables))
        return await self.press_run()

    async def press_run(self) -> Any:
        """Run what is in the editor; returns the answer."""
        async with self.page.expect_response(lambda answer: answer.request.method == "POST"):
            await self.page.get_by_label("Execute query").click()
        await expect(self.page.get_by_label("Execute query")).to_be_visible()
        await self.page.wait_for_function(f"({READ})('response.json') !== ''")
        return json.loads(await self.page.evaluate(READ, "response.json"))

    async def type(self, where: str, text: str) -> None:
        """Replace the text of an editor, as by pasting."""
        await self.page.locator(f"{where} .view-lines:visible").click()
        await self.page.keyboard.press("ControlOrMeta+A")
        await self.page.keyboard.insert_text(text)
        # Brackets and quotes that the editor has closed by itself.
        await self.page.keyboard.press("ControlOrMeta+Shift+End")
        await self.page.keyboard.press("Delete")

    async def shows(self, email: str) -> None:
        """Wait until that person is shown as logged in."""
        await expect(self.bar.locator("strong")).to_have_text(email, timeout=TIMEOUT)

    async def shows_nobody(self) -> None:
        """Wait until the form is there to log in with."""
        await expect(self.bar.get_by_label("Password")).to_be_visible(timeout=TIMEOUT)

    async def seconds_left(self) -> int:
        """Read the countdown."""
        minutes, _, seconds = (await self.page.get_by_role("timer").inner_text()).partition(":")
        return int(minutes) * 60 + int(seconds)

    async def stored(self) -> str:
        """Everything that outlives the page, where scripts can reach it."""
        await asyncio.sleep(1)  # GraphiQL stores what was typed once nothing more is
        kept = "JSON.stringify([{...localStorage}, {...sessionStorage}, location.href])"
        return str(await self.page.evaluate(kept))

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.complaints.append(message.text)

    def _note(self, error: Error) -> None:
        self.complaints.append(str(error))

    def _count(self, request: Request) -> None:
        self.refreshes += "mutation RefreshToken(" in (request.post_data or "")


async def block_other_hosts(profile: BrowserContext, url: str) -> None:
    """Let nothing through to any other host; each attempt is an error in the page's console."""
    home = urlsplit(url).netloc

    async def decide(route: Route) -> None:
        if urlsplit(route.request.url).netloc == home:
            await route.continue_()
        else:
            await route.abort("blockedbyclient")

    await profile.route("**/*", decide)

"""Our account pages as somebody uses them, in a real browser."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Self

from playwright.async_api import BrowserContext, ConsoleMessage, Error, Locator, Page, expect

from authberry.server.pages.texts import Texts, texts


class AccountPages:
    """One tab with one of our pages; errors of the page are kept in `complaints`."""

    def __init__(self, page: Page, url: str, language: str) -> None:
        """Use a page that has been shown nothing yet.

        Args:
            page: Of a browser that asks for `language`.
            url: Of the service.
            language: What is said in.
        """
        self.page = page
        self.url = f"{url}/account/"
        self.texts: Texts = texts(language)
        self.complaints: list[str] = []
        self.asked: list[str] = []
        page.on("console", self._hear)
        page.on("pageerror", self._note)
        page.on("request", lambda request: self.asked.append(request.url))

    @classmethod
    async def new(cls, profile: BrowserContext, url: str, language: str) -> Self:
        """Open an empty tab."""
        return cls(await profile.new_page(), url, language)

    async def open(self, name: str = "") -> None:
        """Open a page by its name, or by a link in a mail; wait until its script has begun."""
        # From elsewhere, since another fragment alone loads nothing.
        await self.page.goto("about:blank")
        await self.page.goto(name if "://" in name else self.url + name)
        await self.until_begun()

    async def until_begun(self) -> None:
        """Wait for the first form, or for a word."""
        first = self.page.locator("form:visible, .outcome:not(:empty):visible")
        await first.first.wait_for()
        await expect(self.page.get_by_text(self.texts.script["loading"])).to_be_hidden()

    def form(self, act: str) -> Locator:
        """The form that does something."""
        return self.page.locator(f"form[data-act={act}]")

    async def send(self, act: str, values: Mapping[str, str] | None = None) -> None:
        """Fill a form in, each field by its label, and press its button."""
        form = self.form(act)
        for label, value in (values or {}).items():
            await form.get_by_label(self.texts.page[label], exact=True).fill(value)
        await form.get_by_role("button").click()

    async def log_in(self, email: str, password: str) -> None:
        """Go to the login page, and through it."""
        await self.open("login")
        await self.send("login", {"email": email, "password": password})

    async def tab_to(self, name: str) -> None:
        """Press Tab until a field or a button of that name has the focus, which is to be seen."""
        for _ in range(40):
            await self.page.keyboard.press("Tab")
            focused = self.page.locator(":focus")
            if await focused.count() and name in await focused.evaluate(
                "(e) => [e.labels?.[0]?.textContent, e.textContent].join(' ')"
            ):
                outline = await focused.evaluate("(e) => getComputedStyle(e).outlineStyle")
                assert outline == "solid"
                return
        raise AssertionError(name)

    async def is_inside(self, greeting: str) -> None:
        """Expect the account's own page, and whose it is."""
        await expect(self.page.get_by_role("heading", level=1)).to_have_text(greeting)
        assert self.page.url.partition("?")[0] == self.url

    async def says(self, name: str, **values: object) -> None:
        """Expect something to be said of what was pressed."""
        text = self.texts.script[name].format_map(values)
        await expect(self.page.get_by_role("status").filter(has_text=text)).to_be_visible()

    def holds_no_token(self) -> bool:
        """Whether the address says nothing that is secret."""
        return "token" not in self.page.url

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.complaints.append(message.text)

    def _note(self, error: Error) -> None:
        self.complaints.append(str(error))


Profile = Callable[..., Awaitable[BrowserContext]]
"""Gives somebody a browser of their own, with an empty cookie jar."""

NewTab = Callable[..., Awaitable[AccountPages]]
"""Opens a tab, in a browser of its own unless one is named."""


async def accessibility_violations(tab: AccountPages, axe: str) -> list[tuple[str, list[str]]]:
    """What axe finds on a page as it is now: the rule, and where."""
    await tab.page.evaluate(axe)
    found = await tab.page.evaluate("axe.run()")
    return [(one["id"], [node["html"] for node in one["nodes"]]) for one in found["violations"]]


async def fits(tab: AccountPages) -> None:
    """On a screen of 320 pixels, which is what zooming in to 400 % comes to (WCAG 1.4.10)."""
    before = tab.page.viewport_size
    assert before
    await tab.page.set_viewport_size({"width": 320, "height": 640})
    assert await tab.page.evaluate("document.documentElement.scrollWidth") == 320
    await tab.page.set_viewport_size(before)

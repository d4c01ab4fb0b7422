"""Chromium, and what it looks at: what `nox -s browser` runs, and nothing else."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, suppress
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from uuid import uuid4

import httpx
import pytest
import uvicorn
from account_pages import AccountPages, NewTab, Profile
from apps import SECRET, database_url, tables
from browser_tab import BrowserTabs, TabsOn
from inbox import Inbox
from node import installed
from people import PASSWORD
from playwright.async_api import Browser, BrowserContext, async_playwright, expect
from processes import Serve, Server, open_browser, rules, serve, shared_server
from screenshots import TakeScreenshot, take_screenshot
from smtp import MailServer
from starlette.applications import Starlette
from starlette.routing import Mount

from authberry import Settings
from authberry.server.app import create_app
from authberry.server.pages.texts import LANGUAGES
from bench.local_servers import free_port

__all__ = ["database_url", "open_browser", "rules", "serve", "shared_server", "tables"]

TIMEOUT = 60  # seconds
AXE = Path(__file__).with_name("axe")
LOCALES = {"en": "en-GB", "ko": "ko-KR"}
PAGES = Path(__file__).parents[2] / "build/pages"


EACH_PAGE = Path(__file__).with_name("test_pages.py")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """In a quick look every page is seen in each language, and stories are told in one."""
    if "TEST_QUICK" not in os.environ:
        return
    left_out = [item for item in items if _is_told_again(item)]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in left_out]


def _is_told_again(item: pytest.Item) -> bool:
    parameters: dict[str, Any] = getattr(getattr(item, "callspec", None), "params", {})
    first = next(iter(LANGUAGES))
    return item.path != EACH_PAGE and parameters.get("language", first) != first


@pytest.fixture(scope="session")
async def chromium() -> AsyncIterator[Browser]:
    """Run Chromium, without a window, until the last test has ended."""
    expect.set_options(timeout=TIMEOUT * 1000)
    async with async_playwright() as playwright:
        # Without its sandbox, which root may not use: it sees no page but ours.
        browser = await playwright.chromium.launch(
            executable_path=os.environ["TEST_BROWSER"],
            chromium_sandbox=False,
            args=[
                # Sites with subdomains, all of them on this machine.
                "--host-resolver-rules=MAP *.test 127.0.0.1",
                # Cookies of third parties are refused, as in a private window of a whole Chromium.
                # For that storage is to be partitioned, which Playwright's own list turns off: of
                # two lists the last one counts, and of the first a page needs only this.
                "--disable-features=PaintHolding",
                "--enable-features=ForceThirdPartyCookieBlockingEnabled",
            ],
        )
        yield browser
        await browser.close()


@pytest.fixture
async def profile(chromium: Browser) -> AsyncIterator[BrowserContext]:
    """Somebody's browser, with an empty cookie jar: its pages are tabs of one another."""
    context = await chromium.new_context()
    context.set_default_timeout(TIMEOUT * 1000)
    yield context
    await context.close()


@pytest.fixture(name="take_screenshot")
def _take_screenshot() -> TakeScreenshot:
    """Save a screenshot of a page in `build/pictures`."""
    return take_screenshot


@pytest.fixture(scope="session")
def pages() -> Iterator[str]:
    """Serve the pages that were built for tests, at an origin of their own."""
    handler = partial(_Quiet, directory=PAGES)
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def started(serve: Serve) -> Serve:
    """Launch servers, and wait until they answer: a page gives up sooner."""
    return lambda **settings: serve(**settings).until_ready()


@pytest.fixture
def tabs_on(profile: BrowserContext, pages: str) -> TabsOn:
    """Open tabs on the server at a URL, in one browser."""
    return lambda url: BrowserTabs(profile, pages, url)


@pytest.fixture(params=LANGUAGES)
def language(request: pytest.FixtureRequest) -> str:
    """Each language in turn: the browser asks for it, and no more is needed."""
    return str(request.param)


@pytest.fixture(scope="session")
def mail_server() -> Iterator[MailServer]:
    """A mail server for all these tests."""
    server = MailServer()
    server.start()
    yield server
    server.stop()


@pytest.fixture
def inbox(mail_server: MailServer) -> Inbox:
    """Whatever was mailed."""
    return Inbox(mail_server)


@pytest.fixture
def address() -> str:
    """Of Ada, who is another one in each test."""
    return f"ada@{uuid4().hex[:8]}.example.com"


@pytest.fixture
async def browser_of(chromium: Browser, language: str) -> AsyncIterator[Profile]:
    """Give somebody a browser in their language, with an empty cookie jar."""
    async with AsyncExitStack() as stack:

        async def open_(**options: Any) -> BrowserContext:
            options = {"viewport": {"width": 640, "height": 900}, **options}
            context = await chromium.new_context(locale=LOCALES[language], **options)
            stack.push_async_callback(context.close)
            context.set_default_timeout(15_000)
            return context

        yield open_


@pytest.fixture
async def new_tab(
    server: Server, browser_of: Profile, inbox: Inbox, language: str
) -> AsyncIterator[NewTab]:
    """Open tabs, each in a browser of its own unless one is named.

    In the end no policy was broken in any of them, nothing went wrong, and no address that was
    asked for had a token in it; nor has the server's log.
    """
    tabs: list[AccountPages] = []

    async def open_(profile: BrowserContext | None = None, **options: Any) -> AccountPages:
        tabs.append(
            await AccountPages.new(profile or await browser_of(**options), server.url, language)
        )
        return tabs[-1]

    yield open_
    assert [tab.complaints for tab in tabs] == [[] for _ in tabs]
    tokens = [link.partition("#token=")[2] for link in inbox.links]
    asked = "".join(url for tab in tabs for url in tab.asked)
    for token in tokens:
        assert token not in server.log
        assert token not in asked


@pytest.fixture
async def tab(new_tab: NewTab) -> AccountPages:
    """One tab."""
    return await new_tab()


@pytest.fixture(scope="session")
def axe(request: pytest.FixtureRequest) -> str:
    """What checks the accessibility of a page."""
    folder = installed(request, AXE, "axe")
    return (folder / "node_modules/axe-core/axe.min.js").read_text("utf-8")


@pytest.fixture
async def mounted(database_url: str) -> AsyncIterator[str]:
    """The address of our application below a path of another, where Ada has an account."""
    port = free_port()
    url = f"http://127.0.0.1:{port}/auth"
    app = create_app(Settings.load(database_url=database_url, secret=SECRET, public_url=url))
    host = Starlette(routes=[Mount("/auth", app)])
    server = uvicorn.Server(uvicorn.Config(host, port=port, lifespan="off", log_config=None))
    async with app.router.lifespan_context(app):
        await app.state.auth.accounts.create("ada@example.com", PASSWORD, "Ada")
        serving = asyncio.create_task(server.serve())
        await _until_answering(url)
        yield url
        server.should_exit = True
        await serving


async def _until_answering(url: str) -> None:
    """Wait for a server that has just been started."""
    async with httpx.AsyncClient(timeout=60) as client:
        for _ in range(10 * TIMEOUT):
            with suppress(httpx.ConnectError):
                await client.get(f"{url}/health/live")
                return
            await asyncio.sleep(0.1)


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing: a test's output is what the test says."""

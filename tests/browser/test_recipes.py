"""What `docs/clients.md` says of other hosts, and of programs that are no browsers."""

import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from anyio.to_thread import run_sync
from browser_tab import BrowserTab, BrowserTabs
from host_names import at
from node import NODE
from people import PASSWORD
from playwright.async_api import BrowserContext
from processes import Serve
from vite import CLIENTS

from authberry import Auth
from authberry.models import RefreshToken

DOCS = (Path(__file__).parents[2] / "docs/clients.md").read_text("utf-8")
ADA = "ada@example.com"


async def come_back(tabs: BrowserTabs, tab: BrowserTab) -> BrowserTab:
    """Make an account, close the page, and open it again."""
    assert await tab.register() == "AuthPayload"
    assert await tab.me() == ADA
    await tab.page.close()
    return await tabs.open()


@pytest.mark.parametrize(
    ("app", "status"),
    [
        pytest.param("app.example.test", "loggedIn", id="another subdomain"),
        pytest.param("app.elsewhere.test", "loggedOut", id="another site"),
    ],
)
async def test_an_api_on_another_host(
    started: Serve, profile: BrowserContext, pages: str, app: str, status: str
) -> None:
    """The cookie works for every subdomain of a site, and not for other sites.

    These pages have no locks, since they have no TLS: in one tab, all is as it was.
    """
    origin = at(app, pages)
    server = started(allowed_origins=origin)
    tabs = BrowserTabs(profile, origin, at("auth.example.test", server.url))
    tab = await tabs.open()
    assert not await tab.page.evaluate("'locks' in navigator")
    await tab.until("loggedOut")
    again = await come_back(tabs, tab)
    await again.until(status)


@pytest.mark.parametrize(("partitioned", "status"), [("true", "loggedIn"), ("false", "loggedOut")])
async def test_a_cookie_for_another_site_is_kept_if_it_is_partitioned(
    started: Serve, profile: BrowserContext, pages: str, partitioned: str, status: str
) -> None:
    """And deleted by a logout. Chromium takes `Secure` from localhost without TLS."""
    origin = at("app.elsewhere.test", pages)
    server = started(
        public_url="https://localhost",
        allowed_origins=origin,
        cookie_samesite="none",
        cookie_partitioned=partitioned,
        cookie_name="session",  # without a prefix, which only TLS allows
    )
    tabs = BrowserTabs(profile, origin, at("localhost", server.url))
    again = await come_back(tabs, await tabs.open())
    await again.until(status)
    assert bool(await profile.cookies()) is (status == "loggedIn")
    await again.logout()
    left = {cookie["name"] for cookie in await profile.cookies()}
    assert left <= {"__Host-device"}  # which says that somebody was here, and logs nobody in


async def test_a_page_that_is_not_on_the_list(
    started: Serve, profile: BrowserContext, pages: str
) -> None:
    """The browser does not let it read an answer; it knows nothing, and nobody."""
    server = started()
    tab = await BrowserTabs(profile, at("app.example.test", pages), server.url).open()
    assert await tab.login() == "NETWORK_ERROR"
    assert await tab.status() == "unknown"


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """The command-line tool of the recipe, as somebody pastes it."""
    (block,) = re.findall(r"^    // whoami\.mjs\n((?:    .*\n|\n)+)", DOCS, re.MULTILINE)
    source = re.sub(r"^    ", "", block, flags=re.MULTILINE)
    path = tmp_path / "whoami.mjs"
    path.write_text(source, "utf-8")
    (tmp_path / "node_modules").mkdir()
    (tmp_path / "node_modules/authberry").symlink_to(CLIENTS / "js")
    return path


async def test_a_command_line_tool(started: Serve, program: Path, rules: Auth) -> None:
    """It asks for the password once; afterwards a file that is only its owner's is enough."""
    server = started()
    await rules.accounts.create(ADA, PASSWORD)
    home = program.parent

    def run(**more: str) -> Any:
        environment = {**os.environ, "HOME": str(home), "API_URL": f"{server.url}/graphql", **more}
        return subprocess.run(  # noqa: S603 - ours
            [NODE, program], env=environment, check=False, capture_output=True, text=True
        )

    asked = await run_sync(lambda: run(EMAIL=ADA, PASSWORD=PASSWORD))
    assert (asked.stdout, asked.stderr) == (f"{ADA}\n", "")
    kept = home / ".whoami"
    first = kept.read_text("utf-8")
    assert kept.stat().st_mode & 0o777 == 0o600
    asked = await run_sync(run)
    assert (asked.stdout, asked.stderr) == (f"{ADA}\n", "")
    assert kept.read_text("utf-8") != first
    with rules.database.use():
        assert await RefreshToken.filter(revoked_at=None).count() == 1

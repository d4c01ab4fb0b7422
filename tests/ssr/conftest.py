"""Each example of server-rendered pages, behind TLS, with a service and Chromium."""

import os
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from uuid import uuid4

import pytest
from authority import Authority
from people import PASSWORD
from playwright.async_api import Browser, BrowserContext, async_playwright, expect
from processes import DEFAULTS, Server, rules_on
from recording_proxy import RecordingProxy
from rendered_site import COMMANDS, Site, frontend
from site_visitors import Person, Profiles
from tls_frontend import TlsFrontend

from authberry import Auth
from authberry.models import User

TIMEOUT = 60  # seconds
UNLIMITED = dict.fromkeys(
    ("register_attempts", "login_attempts_per_address", "login_attempts"), "off"
)


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """Whom the browser trusts."""
    return Authority(tmp_path_factory.mktemp("certificates"))


@pytest.fixture(scope="session")
async def chromium() -> AsyncIterator[Browser]:
    """Run Chromium, without a window, until the last test has ended."""
    expect.set_options(timeout=TIMEOUT * 1000)
    async with async_playwright() as playwright:
        # Without its sandbox, which root may not use: it sees no page but ours.
        browser = await playwright.chromium.launch(
            executable_path=os.environ["TEST_BROWSER"],
            chromium_sandbox=False,
            args=["--host-resolver-rules=MAP *.test 127.0.0.1"],
        )
        yield browser
        await browser.close()


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The service of all frontends; its own host is another one, which no browser visits."""
    folder = tmp_path_factory.mktemp("service")
    settings = {
        **DEFAULTS,
        **UNLIMITED,
        "database_url": f"sqlite://{folder}/authberry.db",
        "public_url": "https://auth.example.test",
        "trusted_proxies": "127.0.0.1",
    }
    with Server(folder, settings) as server:
        yield server


@pytest.fixture(scope="session", params=list(COMMANDS))
async def site(
    request: pytest.FixtureRequest, service: Server, authority: Authority
) -> AsyncIterator[Site]:
    """Each frontend in turn, at `app.example.test`."""
    certificate = authority.issue("app.example.test")
    with RecordingProxy(service.url) as api:
        program, port = frontend(request.param, api.url)
        with program:
            async with TlsFrontend(certificate, port) as front:
                url = f"https://app.example.test:{front.port}"
                yield Site(request.param, url, service, api, port)


@pytest.fixture
async def shared_site(
    site: Site, authority: Authority, tmp_path: Path
) -> AsyncIterator[tuple[Site, str]]:
    """The same frontend, and its service at an address of its own, on another host of the site.

    The service lets all hosts of `example.test` share what is logged in.
    """
    settings = {
        **DEFAULTS,
        "database_url": f"sqlite://{tmp_path}/authberry.db",
        "cookie_domain": "example.test",
    }
    server = Server(tmp_path, settings)
    with RecordingProxy(server.url) as api:
        program, port = frontend(site.name, api.url)
        with program:
            async with (
                TlsFrontend(authority.issue("app.example.test"), port) as front,
                TlsFrontend(authority.issue("auth.example.test"), server.port) as door,
            ):
                app = f"https://app.example.test:{front.port}"
                auth = f"https://auth.example.test:{door.port}"
                server.configure(public_url=auth, allowed_origins=app)
                with server:
                    yield Site(site.name, app, server, api, port), auth


@pytest.fixture
async def rules(service: Server) -> AsyncIterator[Auth]:
    """The rules on the service's database."""
    async with rules_on(service.database_url) as rules:
        yield rules


@pytest.fixture
async def profiles(chromium: Browser) -> AsyncIterator[Profiles]:
    """Open browsers; they are closed when the test ends."""
    async with AsyncExitStack() as stack:
        yield Profiles(chromium, stack)


@pytest.fixture
async def profile(profiles: Profiles) -> BrowserContext:
    """A browser with scripts."""
    return await profiles.open_()


@pytest.fixture
def address() -> str:
    """Of Ada, who is another one in each test."""
    return f"ada@{uuid4().hex[:8]}.example.com"


@pytest.fixture
async def account(rules: Auth, address: str) -> User:
    """Her account."""
    return await rules.accounts.create(address, PASSWORD, "Ada")


@pytest.fixture
def ada(rules: Auth, site: Site, account: User) -> Person:
    """Ada, who is not logged in anywhere."""
    return Person(rules, site, account)

"""`authberry serve` beside a certified provider that has never heard of us: the whole way."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from browser import Browser, data
from documents import LOGIN, ME, REFRESH_TOKEN, REGISTER
from external_logins import BEGIN_EXTERNAL_LOGIN, COMPLETE_EXTERNAL_LOGIN, LED_HERE
from node import installed
from oidc_provider import CLIENT_ID, CLIENT_SECRET, SOURCES, log_in_there, oidc_provider
from people import PASSWORD
from processes import DEFAULTS, Server

from bench.local_servers import free_port

ADA = "ada@example.com"
CALLBACK = "/external/acme/callback"


@pytest.fixture
def strangers(request: pytest.FixtureRequest) -> Path:
    """The folder of the provider's program."""
    return installed(request, SOURCES, "provider-strangers")


@pytest.fixture
def server(strangers: Path, database_url: str, tmp_path: Path) -> Iterator[Server]:
    """A server in which people can log in there; it logs all that it can."""
    port = free_port()
    with oidc_provider(strangers, [f"http://127.0.0.1:{port}{CALLBACK}"]) as issuer:
        acme = {
            "providers": "acme",
            "provider_acme_issuer": issuer,
            "provider_acme_client_id": CLIENT_ID,
            "provider_acme_client_secret": CLIENT_SECRET,
            "provider_acme_private_addresses": "true",
            "provider_acme_trust_email": "true",
        }
        with Server(tmp_path, {**DEFAULTS, **acme, "database_url": database_url}, port=port) as one:
            yield one


@asynccontextmanager
async def browser_at(server: Server) -> AsyncIterator[Browser]:
    """A browser with an empty jar."""
    browser = Browser(None, url=server.url)
    yield browser
    await browser.close()


@dataclass
class Way:
    """What has stood in addresses on the way there and back."""

    state: str
    brought: dict[str, str]


async def go(browser: Browser, account: str = "ada") -> Way:
    """Press the button, and log in there."""
    asked = {"provider": "acme", "returnTo": "/account/"}
    begun = data(await browser.ask(BEGIN_EXTERNAL_LOGIN, asked))
    url = begun["authorizationUrl"]
    (state,) = parse_qs(urlsplit(url).query)["state"]
    return Way(state, await log_in_there(url, account))


async def come_back(browser: Browser, way: Way) -> tuple[int, str]:
    """Be sent back with the answer; returns the status, and where the browser goes from there."""
    back = await browser.send("GET", CALLBACK, params=way.brought, headers=LED_HERE)
    return back.status_code, back.headers.get("location", "")


async def complete(browser: Browser) -> dict[str, Any]:
    """Log in with what has come back."""
    return dict(data(await browser.ask(COMPLETE_EXTERNAL_LOGIN)))


async def test_the_second_time_it_is_the_same_account_and_another_browser_gets_nothing(
    server: Server,
) -> None:
    """Press, log in there, be logged in here; nothing of the way is in the log."""
    page = f"{server.url}/account/"
    async with browser_at(server) as first, browser_at(server) as second, browser_at(server) as eve:
        one = await go(first)
        assert await come_back(first, one) == (303, page)
        ada = await complete(first)
        assert (ada["__typename"], ada["user"]["email"]) == ("AuthPayload", ADA)
        assert data(await first.ask(ME, token=ada["accessToken"]))["email"] == ADA
        assert data(await first.ask(REFRESH_TOKEN))["__typename"] == "AuthPayload"

        two = await go(second)
        assert await come_back(eve, two) == (400, "")
        assert (await complete(eve))["__typename"] == "InvalidToken"
        assert eve.cookies == {}
        assert await come_back(second, two) == (303, page)
        again = await complete(second)
        assert again["user"] == ada["user"]
        assert again["session"]["id"] != ada["session"]["id"]

    assert "external_login_refused" in server.log
    ways = [one, two]
    secret = {CLIENT_SECRET, ADA, *(way.state for way in ways), *(w.brought["code"] for w in ways)}
    assert {text for text in secret if text in server.log} == set()


async def test_an_address_that_is_unverified_there_links_nothing(server: Server) -> None:
    """There is an account of it: who comes is told that a mail was sent, and its owner stays in."""
    async with browser_at(server) as owner, browser_at(server) as stranger:
        await owner.ask(REGISTER, email=ADA, password=PASSWORD)
        assert await come_back(stranger, await go(stranger, "mallory")) == (
            303,
            f"{server.url}/account/",
        )
        assert (await complete(stranger))["__typename"] == "EmailSent"
        assert data(await owner.ask(LOGIN, email=ADA, password=PASSWORD))["user"]["email"] == ADA

"""What pages of other sites try with a browser that a session's cookie logs in."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import strawberry
import uvicorn
from apps import person
from host_names import at
from hosts import host
from people import begin
from playwright.async_api import BrowserContext, Page, Request
from processes import Serve, Server
from rows import everything_but_events
from waiting import until

from authberry import Auth, RefreshTokenTransport
from authberry.graph import AuthMutation, AuthQuery, viewer
from bench.local_servers import free_port

SCRIPTS = Path(__file__).with_name("cross_site")
ADA = "ada@example.com"
OWN, SUBDOMAIN, ELSEWHERE = "auth.example.test", "evil.example.test", "evil.test"

ATTACKS = (SCRIPTS / "attacks.js").read_text("utf-8")
SUBSCRIBE = (SCRIPTS / "subscribe.js").read_text("utf-8")


@strawberry.type
class Subscription:
    """A host's."""

    @strawberry.subscription
    async def somebody(self, info: strawberry.Info) -> AsyncGenerator[str, None]:
        """For somebody, once."""
        yield (await viewer(info)).user.email


async def page_at(profile: BrowserContext, host_name: str, pages: str) -> Page:
    """Open a page of a host, on this machine: Chromium lets no others connect here."""
    page = await profile.new_page()
    await page.goto(f"{at(host_name, pages)}/nothing-is-there")
    return page


async def hold(profile: BrowserContext, auth: Auth) -> str:
    """Have the browser hold the cookie of a session of Ada's; returns what is in it."""
    ada = await person(auth, ADA)
    issued = await begin(auth, ada, transport=RefreshTokenTransport.SESSION)
    cookie: dict[str, Any] = {"httpOnly": True, "sameSite": "Lax", "path": "/", "domain": OWN}
    value = issued.refresh_token
    await profile.add_cookies([{"name": "authberry_session", "value": value, **cookie}])  # type: ignore[typeddict-item]
    return value


@pytest.mark.parametrize("site", [ELSEWHERE, SUBDOMAIN])
async def test_pages_of_others_read_and_change_nothing(
    started: Serve, profile: BrowserContext, rules: Auth, pages: str, site: str
) -> None:
    """By fetching, images, scripts, frames, beacons and forms, with our cookie sent along or not.

    Without TLS no browser says which site a request comes from: what keeps these out is what they
    are, and their `Origin`.
    """
    server: Server = started()
    value = await hold(profile, rules)
    api = f"http://{OWN}:{server.port}/graphql"
    sent: list[Request] = []
    profile.on("request", lambda request: sent.append(request))  # noqa: PLW0108 - Playwright marks what it calls
    page = await page_at(profile, site, pages)
    before = await everything_but_events(rules)

    read = await page.evaluate(ATTACKS, api)

    assert len(read) > 20
    assert [name for name, text in read.items() if ADA in text or "__typename" in text] == []
    assert await everything_but_events(rules) == before
    headers = [await one.all_headers() for one in sent if one.url.startswith(api)]
    with_cookie = [one for one in headers if value in one.get("cookie", "")]
    assert bool(with_cookie) is (site == SUBDOMAIN)


async def test_a_page_of_our_own_reads_by_the_same_cookie(
    started: Serve, profile: BrowserContext, rules: Auth, pages: str
) -> None:
    """So that what the others try would have worked."""
    origin = at("app.example.test", pages)
    server: Server = started(allowed_origins=origin)
    await hold(profile, rules)
    page = await page_at(profile, "app.example.test", pages)
    read = await page.evaluate(ATTACKS, f"http://{OWN}:{server.port}/graphql")
    assert ADA in read["fetch"]
    assert "ProfileUpdated" in read["fetch to change"] or "User" in read["fetch to change"]


@pytest.fixture
async def socket_host(rules: Auth) -> AsyncIterator[int]:
    """A host that has subscriptions; yields its port."""
    schema = strawberry.Schema(AuthQuery, AuthMutation, Subscription)
    port = free_port()
    config = uvicorn.Config(host("asgi", schema, rules), port=port, log_level="error")
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    await until(lambda: server.started)
    yield port
    server.should_exit = True
    await serving


@pytest.mark.parametrize(
    ("site", "code"), [(ELSEWHERE, 4403), (SUBDOMAIN, 4403), ("localhost", 1000)]
)
async def test_a_socket_of_another_site_hears_nothing(
    socket_host: int, profile: BrowserContext, rules: Auth, pages: str, site: str, code: int
) -> None:
    """A browser sends the cookie with whatever opens one; a page of ours hears what it asks for."""
    value = await hold(profile, rules)
    if site == "localhost":
        cookie = {"name": "authberry_session", "value": value, "url": "http://localhost"}
        await profile.add_cookies([cookie])  # type: ignore[list-item]
    page = await page_at(profile, site, pages)
    api = "localhost" if site == "localhost" else OWN
    closed, heard = await page.evaluate(SUBSCRIBE, f"ws://{api}:{socket_host}/graphql")
    assert closed == code
    assert (ADA in heard) is (site == "localhost")

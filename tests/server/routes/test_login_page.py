"""Browsers are led to where people log in, and back, and nowhere else."""

from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest
from browser import Browser
from frozen_clock import FrozenClock
from people import begin
from route_answers import LINK, get, refused, submit

from authberry import Auth, RefreshTokenTransport
from authberry.models import User
from authberry.server.routes.login_page import return_path

pytestmark = pytest.mark.one_process("the host holds one Auth")

Visit = Callable[[str], Browser]
STAYS = ["/", "/orders", "/orders?page=2&of=7#last", "/a/b//c", "/%2F%2Fevil.example", "/주문"]
LEAVES = [
    None,
    "",
    "orders",
    "https://evil.example",
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "\t//evil.example",
    " //evil.example",
    "/a\r\nSet-Cookie: a=b",
    "javascript:alert(1)",
    "@evil.example",
    "/" + "a" * 2000,
]


@pytest.mark.parametrize("path", STAYS)
def test_a_path_of_this_host_is_led_back_to(path: str) -> None:
    """As it is."""
    assert return_path(path) == path


@pytest.mark.parametrize("path", LEAVES)
def test_whatever_else_stands_there_leads_to_the_front(path: str | None) -> None:
    """Browsers take each for another host, for no address of ours, or for a header."""
    assert return_path(path) == "/"
    assert return_path(path, "/orders") == "/orders"


async def test_a_browser_is_led_to_the_login_and_told_the_way_back(visit: Visit) -> None:
    """By a link from anywhere; old browsers say only that they would like a page."""
    for headers in (LINK, {"Accept": "text/html"}):
        response = await get(visit("/login"), "/page?of=a%26b", **headers)
        assert (response.status_code, response.headers["cache-control"]) == (303, "no-store")
        url = urlsplit(response.headers["location"])
        assert (url.netloc, url.path) == ("", "/login")
        assert parse_qs(url.query) == {"next": ["/page?of=a%26b"]}
    response = await get(visit("/login?lang=ko"), "/page", **LINK)
    assert response.headers["location"] == "/login?lang=ko&next=%2Fpage"


async def test_a_program_is_refused_as_ever(visit: Visit) -> None:
    """So is a script of a page, which reads answers itself."""
    missing = (401, "Bearer", "UNAUTHENTICATED")
    script = {"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "cors", "Accept": "text/html"}
    assert refused(await get(visit("/login"), "/page")) == missing
    assert refused(await get(visit("/login"), "/page", **script)) == missing
    assert refused(await get(visit("/login"), "/page", Accept="application/json")) == missing


async def test_a_form_of_somebody_who_is_gone_leads_to_the_login(visit: Visit) -> None:
    """With no way back: what was sent is not sent again."""
    response = await submit(visit("/login"), "/page", headers=LINK)
    assert (response.status_code, response.headers["location"]) == (303, "/login")


async def test_an_old_login_leads_there_too_and_a_missing_role_does_not(
    visit: Visit, auth: Auth, ada: User, clock: FrozenClock
) -> None:
    """To log in again would give nobody a role."""
    browser = visit("/login")
    issued = await begin(auth, ada, transport=RefreshTokenTransport.SESSION)
    browser.keep("authberry_session", issued.refresh_token)
    clock.tick(301)
    old = await get(browser, "/recent", **LINK)
    assert (old.status_code, old.headers["location"]) == (303, "/login?next=%2Frecent")
    assert refused(await get(browser, "/editors", **LINK))[::2] == (403, "FORBIDDEN")

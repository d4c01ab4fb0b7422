"""Cookies that browsers keep for each site that a page is in (CHIPS)."""

from collections.abc import Mapping

import pytest
import strawberry
from apps import PRODUCTION, MakeApp, person
from browser import Browser
from documents import LOGIN, LOGOUT, REQUEST_LOGIN_LINK
from hosts import INTEGRATIONS, host
from people import PASSWORD

from authberry import Auth
from authberry.graph import AuthMutation, AuthQuery

ADA = {"email": "ada@example.com", "password": PASSWORD}
MERGED = strawberry.Schema(AuthQuery, AuthMutation)
HOST = "__Host-refresh_token"
SERVICE = "https://auth.example.com"
PARTITIONED: Mapping[str, object] = {
    **PRODUCTION,
    "cookie_samesite": "none",
    "cookie_partitioned": True,
    "smtp_url": "smtp://localhost:1",
    "mail_from": "a@example.com",
}


@pytest.mark.parametrize("integration", ["server", *INTEGRATIONS])
async def test_every_cookie_is_partitioned_where_that_is_set(
    make_app: MakeApp, integration: str
) -> None:
    """When it is set and when it is deleted; and the one from before that was so goes as well."""
    app = await make_app(**PARTITIONED)
    auth: Auth = app.state.auth
    await person(auth, "ada@example.com")
    served = app if integration == "server" else host(integration, MERGED, auth)
    browser = Browser(served, url=SERVICE)

    set_ = [await browser.ask(LOGIN, ADA), await browser.ask(REQUEST_LOGIN_LINK, email="a@b.co")]
    headers = [header for one in set_ for header in one.headers.get_list("set-cookie")]
    names = [header.partition("=")[0] for header in headers]
    assert names == ["__Host-device", HOST, "__Host-login_link"]
    for header in headers:
        assert {"Partitioned", "Secure", "HttpOnly", "Path=/"} < set(header.split("; "))

    cleared = (await browser.ask(LOGOUT)).headers.get_list("set-cookie")
    assert [header.partition("=")[0] for header in cleared] == [HOST, HOST]
    assert all("Max-Age=0" in header for header in cleared)
    assert ["Partitioned" in header.split("; ") for header in cleared] == [True, False]


async def test_without_tls_no_cookie_is_partitioned(make_app: MakeApp) -> None:
    """Browsers take that from https only, and would drop it."""
    app = await make_app(cookie_partitioned=True)
    await person(app.state.auth, "ada@example.com")
    browser = Browser(app)
    for response in (await browser.ask(LOGIN, ADA), await browser.ask(LOGOUT)):
        headers = response.headers.get_list("set-cookie")
        assert headers
        assert not any("Partitioned" in header for header in headers)

"""Requests that another site made: the session's cookie answers none of them."""

import json
from collections.abc import Mapping
from itertools import product

import pytest
from apps import PRODUCTION, MakeApp, person
from browser import Browser, codes, data
from documents import CHANGE_PASSWORD, LOGIN, LOGOUT, ME, REFRESH_TOKEN, SESSIONS
from origins import FOREIGN, FORM_TYPES, FRIEND, OWN, TRUSTED
from people import PASSWORD, begin
from rows import everything

from authberry import Auth, RefreshTokenTransport

NAME = "__Host-session"
LISTED = {**PRODUCTION, "allowed_origins": FRIEND}
ADA = {"email": "ada@example.com", "password": PASSWORD}


async def start(make_app: MakeApp, settings: Mapping[str, object] = LISTED) -> tuple[Auth, Browser]:
    """A service that lists one other origin, and a browser whose session it has begun."""
    app = await make_app(**settings)
    auth: Auth = app.state.auth
    ada = await person(auth, "ada@example.com")
    issued = await begin(auth, ada, transport=RefreshTokenTransport.SESSION)
    browser = Browser(app, url=auth.settings.public_url)
    browser.keep(NAME if auth.settings.is_https else "authberry_session", issued.refresh_token)
    return auth, browser


async def test_pages_that_are_ours_are_answered(
    make_app: MakeApp, subtests: pytest.Subtests
) -> None:
    """Those of the service, those on the list, and programs: a server that renders is one."""
    _, browser = await start(make_app)
    for headers in TRUSTED:
        with subtests.test(headers=headers):
            assert data(await browser.ask(ME, headers=headers))["email"] == "ada@example.com"


async def test_pages_of_others_read_and_change_nothing(make_app: MakeApp) -> None:
    """Nor are they given a session, as somebody they choose (login CSRF)."""
    auth, browser = await start(make_app)
    before = await everything(auth)
    change = {"currentPassword": PASSWORD, "newPassword": "another horse, another staple"}
    acts: list[tuple[str, Mapping[str, object]]] = [
        (ME, {}),
        (SESSIONS, {}),
        (REFRESH_TOKEN, {}),
        (LOGOUT, {}),
        (CHANGE_PASSWORD, change),
        (LOGIN, {**ADA, "transport": "SESSION"}),
    ]
    for headers, (document, variables) in product(FOREIGN, acts):
        response = await browser.ask(document, variables, headers=headers)
        assert codes(response) == ["CROSS_SITE_REQUEST"], (headers, document, response.text)
        assert "set-cookie" not in response.headers
        assert "ada@example.com" not in response.text
    assert await everything(auth) == before


async def test_what_a_form_can_send_is_not_read(make_app: MakeApp) -> None:
    """Queries included: a form of another site gets no answer to any."""
    _, browser = await start(make_app)
    for content_type in FORM_TYPES:
        response = await browser.ask(ME, headers={"Content-Type": content_type})
        assert response.status_code == 415
        assert codes(response) == ["BAD_REQUEST"]


async def test_a_get_of_others_is_not_answered_either(make_app: MakeApp) -> None:
    """Where GET is on: an image or a script of another site, or of a subdomain, learns nothing."""
    _, browser = await start(make_app, {})
    query = {"query": ME}
    for headers in FOREIGN:
        if headers["Origin"] in {"http://localhost", "http://127.0.0.1:8000"}:
            continue  # which is ours in development
        response = await browser.send("GET", params=query, headers=headers)
        assert codes(response) == ["CROSS_SITE_REQUEST"], headers
    for site in (None, "none", "same-origin"):
        response = await browser.send("GET", params=query, headers={"Sec-Fetch-Site": site})
        assert data(response)["email"] == "ada@example.com", site


async def test_what_anybody_may_ask_is_answered_to_pages_of_others(make_app: MakeApp) -> None:
    """The cookie goes along, and nobody looks at it."""
    _, browser = await start(make_app)
    evil = {"Origin": "https://evil.example"}
    response = await browser.ask("{ __typename }", headers=evil)
    assert json.loads(response.text) == {"data": {"__typename": "Query"}}


async def test_a_token_of_a_page_counts_where_its_cookie_may_not(
    make_app: MakeApp,
) -> None:
    """It was given the token; the cookie, which it was not, is as if it were not there."""
    auth, browser = await start(make_app)
    grace = await person(auth, "grace@example.com")
    hers = await begin(auth, grace)
    evil = {"Origin": "https://evil.example"}
    response = await browser.ask(ME, token=hers.access_token.value, headers=evil)
    assert data(response)["email"] == "grace@example.com"
    own = {"Origin": OWN}
    response = await browser.ask(ME, token=hers.access_token.value, headers=own)
    assert codes(response) == ["BAD_REQUEST"]

"""Cookies under a name of before, which another setting has changed: nobody is logged out by it."""

from collections.abc import Mapping
from uuid import uuid4

import pytest
from apps import PRODUCTION, MakeApp, person
from browser import Browser, codes, cookie_names, data
from documents import LOGOUT, REFRESH_TOKEN
from people import BROWSER, begin
from rows import everything, session_row

from authberry import Auth, Issued, RefreshTokenTransport
from authberry.tokens.refresh_tokens import RefreshTokenCodec

COOKIE = RefreshTokenTransport.COOKIE
HOST, SECURE, PLAIN = "__Host-refresh_token", "__Secure-refresh_token", "refresh_token"
SERVICE = "https://auth.example.com"


# What is set where, the name under which a browser has its token from before, and today's name.
RENAMED: list[tuple[Mapping[str, object], str, str]] = [
    ({"cookie_domain": "example.com"}, HOST, SECURE),
    ({"cookie_path": "/graphql"}, HOST, SECURE),
    ({"cookie_name": "session"}, HOST, "session"),
    ({"cookie_name": "session"}, SECURE, "session"),
    ({"cookie_name": "session"}, PLAIN, "session"),
    ({"cookie_name": "__Host-session"}, HOST, "__Host-session"),
]


async def ada_in(make_app: MakeApp, **settings: object) -> tuple[Browser, Auth, Issued]:
    """A browser of Ada's at a service with these settings, and a session of hers."""
    app = await make_app(**PRODUCTION, **settings)
    auth: Auth = app.state.auth
    issued = await begin(auth, await person(auth, "ada@example.com"), transport=COOKIE)
    return Browser(app, url=SERVICE), auth, issued


@pytest.mark.parametrize(("settings", "before", "today"), RENAMED)
async def test_a_setting_that_renames_the_cookie_logs_nobody_out(
    make_app: MakeApp, settings: Mapping[str, object], before: str, today: str
) -> None:
    """The token is read under the name of before, goes on under today's, and is there once."""
    browser, _, issued = await ada_in(make_app, **settings)
    held = {"Cookie": f"{before}={issued.refresh_token}"}

    response = await browser.ask(REFRESH_TOKEN, headers=held)

    assert data(response)["__typename"] == "AuthPayload"
    assert cookie_names(response) == {today: True, before: False}
    again = await browser.ask(REFRESH_TOKEN)
    assert data(again)["session"]["id"] == str(issued.session.id)


@pytest.mark.parametrize(("settings", "before", "today"), RENAMED)
async def test_a_logout_ends_what_is_under_a_name_of_before(
    make_app: MakeApp, settings: Mapping[str, object], before: str, today: str
) -> None:
    """Also beside a newer session: both are over, and so are both cookies."""
    browser, auth, issued = await ada_in(make_app, **settings)
    newer = await begin(auth, issued.user, transport=COOKIE)
    held = f"{before}={issued.refresh_token}; {today}={newer.refresh_token}"

    response = await browser.ask(LOGOUT, headers={"Cookie": held})

    assert cookie_names(response) == {today: False, before: False}
    for session in (issued, newer):
        assert (await session_row(auth, session))["revoked_reason"] == "logout"


async def test_what_is_under_todays_name_goes_before_what_is_under_another(
    make_app: MakeApp,
) -> None:
    """It was set later; the other is good where there is none that is."""
    browser, auth, issued = await ada_in(make_app, cookie_domain="example.com")
    newer = await begin(auth, issued.user, transport=COOKIE)
    held = f"{HOST}={issued.refresh_token}; {SECURE}={newer.refresh_token}"
    answer = await browser.ask(REFRESH_TOKEN, headers={"Cookie": held})
    assert data(answer)["session"]["id"] == str(newer.session.id)
    assert cookie_names(answer) == {SECURE: True, HOST: False}

    await auth.sessions.revocation.revoke_by_id(newer.session.id, BROWSER)
    answer = await browser.ask(REFRESH_TOKEN, headers={"Cookie": held})
    assert data(answer)["session"]["id"] == str(issued.session.id)


@pytest.mark.parametrize("name", [SECURE, PLAIN])
async def test_a_name_that_others_may_plant_is_good_for_a_logout_only(
    make_app: MakeApp, name: str
) -> None:
    """A neighbour on the domain can set it: nobody is logged in as whoever that is."""
    browser, auth, issued = await ada_in(make_app)
    before = await everything(auth)
    planted = {"Cookie": f"{name}={issued.refresh_token}"}

    response = await browser.ask(REFRESH_TOKEN, headers=planted)
    assert data(response)["code"] == "REFRESH_TOKEN_MISSING"
    assert cookie_names(response) == {}
    assert await everything(auth) == before

    response = await browser.ask(LOGOUT, headers=planted)
    assert cookie_names(response) == {HOST: False, name: False}
    assert (await session_row(auth, issued))["revoked_reason"] == "logout"


async def test_another_service_s_cookie_under_a_name_of_before_is_left_alone(
    make_app: MakeApp,
) -> None:
    """It stands at `/` of the same host, and is not tried, deleted, or a reason to refuse."""
    browser, _, issued = await ada_in(make_app, cookie_path="/graphql")
    stranger = RefreshTokenCodec(["the secret of another service"])
    foreign = f"{HOST}={stranger.seal(stranger.first(uuid4()))}"
    for document in (REFRESH_TOKEN, LOGOUT):
        headers = {"Cookie": foreign, "Origin": "https://elsewhere.example"}
        response = await browser.ask(document, headers=headers)
        assert codes(response) == []
        assert cookie_names(response) == {}
    held = {"Cookie": f"{foreign}; {SECURE}={issued.refresh_token}"}
    assert cookie_names(await browser.ask(REFRESH_TOKEN, headers=held)) == {SECURE: True}
    assert cookie_names(await browser.ask(LOGOUT, headers=held)) == {SECURE: False}


async def test_no_other_site_uses_a_cookie_under_a_name_of_before(make_app: MakeApp) -> None:
    """The rule is the cookie's, whatever it is called."""
    browser, auth, issued = await ada_in(make_app, cookie_domain="example.com")
    before = await everything(auth)
    for document in (REFRESH_TOKEN, LOGOUT):
        headers = {
            "Cookie": f"{HOST}={issued.refresh_token}",
            "Origin": "https://elsewhere.example",
        }
        response = await browser.ask(document, headers=headers)
        assert codes(response) == ["CROSS_SITE_REQUEST"]
        assert cookie_names(response) == {}
    assert await everything(auth) == before

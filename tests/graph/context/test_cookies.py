"""The refresh token cookie: its name, its attributes, its life, and what browsers make of it."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from apps import PRODUCTION, MakeApp, person
from browser import Browser, cookie_names, cookie_set, data, set_cookies
from documents import CHANGE_PASSWORD, LOGIN, LOGOUT, REFRESH_TOKEN, REGISTER, REQUEST_LOGIN_LINK
from frozen_clock import FrozenClock
from people import PASSWORD, begin
from rows import everything
from starlette.requests import Request
from starlette.responses import Response

from authberry import Auth, Issued, RefreshTokenTransport
from authberry.graph import Context
from authberry.models import User

COOKIE = RefreshTokenTransport.COOKIE
ADA = {"email": "ada@example.com", "password": PASSWORD}
DAY = 24 * 60 * 60

# What is configured, the name, and the attributes before and after `Max-Age`.
SHAPES: list[tuple[Mapping[str, object], str, str, str]] = [
    ({}, "refresh_token", "HttpOnly;", "Path=/; SameSite=strict"),
    (PRODUCTION, "__Host-refresh_token", "HttpOnly;", "Path=/; SameSite=strict; Secure"),
    (
        {**PRODUCTION, "cookie_path": "/graphql"},
        "__Secure-refresh_token",
        "HttpOnly;",
        "Path=/graphql; SameSite=strict; Secure",
    ),
    (
        {**PRODUCTION, "cookie_domain": "example.com"},
        "__Secure-refresh_token",
        "Domain=example.com; HttpOnly;",
        "Path=/; SameSite=strict; Secure",
    ),
    (
        {**PRODUCTION, "cookie_samesite": "none"},
        "__Host-refresh_token",
        "HttpOnly;",
        "Path=/; SameSite=none; Secure",
    ),
    (
        {**PRODUCTION, "cookie_name": "session", "cookie_samesite": "lax"},
        "session",
        "HttpOnly;",
        "Path=/; SameSite=lax; Secure",
    ),
    # Development behind TLS is as strict as production.
    (
        {"public_url": PRODUCTION["public_url"]},
        "__Host-refresh_token",
        "HttpOnly;",
        "Path=/; SameSite=strict; Secure",
    ),
]


@pytest.mark.parametrize(("settings", "name", "before", "after"), SHAPES)
async def test_the_cookie_is_set_and_deleted_with_the_same_attributes(
    make_app: MakeApp, settings: Mapping[str, object], name: str, before: str, after: str
) -> None:
    """The strongest name that the settings allow; a deletion that differed would delete nothing."""
    app = await make_app(**settings)
    await person(app.state.auth, "ada@example.com")
    browser = Browser(app, url=app.state.auth.settings.public_url)

    login = await browser.ask(LOGIN, ADA)

    value = cookie_set(login).value
    assert set_cookies(login) == [f"{name}={value}; {before} Max-Age=1209600; {after}"]
    logout = await browser.ask(LOGOUT)
    assert set_cookies(logout) == [f'{name}=""; {before} Max-Age=0; {after}']
    assert browser.cookies == {}
    assert data(await browser.ask(REFRESH_TOKEN, refreshToken=value))["code"] == "SESSION_REVOKED"


@pytest.mark.parametrize("act", ["register", "login", "refresh", "change password"])
async def test_a_token_in_a_cookie_is_in_no_body_and_the_other_way_round(
    auth: Auth, browser: Browser, ada: User, act: str
) -> None:
    """One way or the other, whatever the answer."""
    for transport in (COOKIE, RefreshTokenTransport.BODY):
        session = await begin(auth, ada, transport=transport)
        by_cookie = transport is COOKIE
        browser.forget()
        if by_cookie:
            browser.keep("refresh_token", session.refresh_token)
        chosen = {"transport": transport.value}
        match act:
            case "register":
                account = {"email": f"{transport.value}@example.com", "password": PASSWORD}
                response = await browser.ask(REGISTER, {**account, **chosen})
            case "login":
                response = await browser.ask(LOGIN, {**ADA, **chosen})
            case "refresh":
                argument = {} if by_cookie else {"refreshToken": session.refresh_token}
                response = await browser.ask(REFRESH_TOKEN, argument)
            case _:
                response = await browser.ask(
                    CHANGE_PASSWORD,
                    {"currentPassword": PASSWORD, "newPassword": PASSWORD},
                    token=session.access_token.value,
                )
        answer = data(response)
        assert answer["__typename"] == "AuthPayload"
        assert response.headers["cache-control"] == "no-store"
        if by_cookie:
            assert answer["refreshToken"] is None
            assert cookie_set(response).value not in response.text
        else:
            assert len(answer["refreshToken"]) == 91
            assert "set-cookie" not in response.headers


async def test_a_host_s_answer_with_a_token_is_kept_by_no_cache_either(
    auth: Auth, issued: Issued
) -> None:
    """The rule is the surface's own, for hosts that serve our fields without our server."""
    scope: dict[str, Any] = {"type": "http", "method": "POST", "headers": [], "client": None}
    for transport in RefreshTokenTransport:
        response = Response()
        Context(auth, Request(scope), response).delivery.tokens(issued, transport)
        assert response.headers["cache-control"] == "no-store"
        assert ("set-cookie" in response.headers) is transport.uses_cookies


async def test_the_cookie_lives_as_long_as_the_session_can(
    browser: Browser, in_browser: Issued, clock: FrozenClock
) -> None:
    """Idle for 14 days at most, and never beyond the 90 days of the whole."""
    for day, days_left in ((13, 14), (26, 14), (39, 14), (52, 14), (65, 14), (78, 12), (89, 1)):
        clock.time = in_browser.session.created_at + timedelta(days=day)
        cookie = cookie_set(await browser.ask(REFRESH_TOKEN))
        assert int(cookie["max-age"]) == days_left * DAY
    clock.time = in_browser.session.created_at + timedelta(days=90)
    response = await browser.ask(REFRESH_TOKEN)
    assert data(response)["code"] == "REFRESH_TOKEN_EXPIRED"
    assert cookie_set(response)["max-age"] == "0"


NO_COOKIES = [
    "refresh_token=",
    "refresh_token",
    "refresh_token;",
    "=refresh_token",
    ";;; ; =; refresh_token = ; a=b",
    'refresh_token="',
    'refresh_token="{token}"',
    "refresh_token={token}.",
    "refresh_token={token}=",
    "refresh_token=a{token}",
    "refresh_token=%41",
    "refresh_token=" + "A" * 4096,
    "refresh_token=" + "A" * 30_000,
    "; ".join(f"refresh_token={number}" for number in range(1000)),
    "Refresh_Token={token}",
    "xrefresh_token={token}",
    "__Host-refresh_token={token}",
    "refresh_token=\t\x7f",
    "refresh_token=\u00e9\u00ff",
    "$Version=1; refresh_token=\\{token}",
]


async def test_what_is_not_a_cookie_of_ours_is_no_token(
    auth: Auth, browser: Browser, issued: Issued, subtests: pytest.Subtests
) -> None:
    """Quoted, oversized, misspelt or mangled: a refusal, no fault, and nothing changes."""
    for header in NO_COOKIES:
        with subtests.test(header):
            before = await everything(auth)
            raw = header.replace("{token}", issued.refresh_token).encode("latin-1")
            for document in (REFRESH_TOKEN, LOGOUT):
                response = await browser.send(
                    json={"query": document}, headers=[("Cookie", raw), ("Origin", browser.origin)]
                )
                assert response.status_code == 200
                answer = data(response)
                assert answer["__typename"] in {
                    "RefreshTokenMissing",
                    "RefreshTokenInvalid",
                    "LoggedOut",
                }
            assert await everything(auth) == before


async def test_at_most_four_cookies_of_the_name_are_tried(browser: Browser, issued: Issued) -> None:
    """Browsers send a second one by old mistakes; a thousand are somebody's attempt."""
    for many, kind in ((3, "AuthPayload"), (4, "RefreshTokenInvalid")):
        header = "refresh_token=x; " * many + f"refresh_token={issued.refresh_token}"
        response = await browser.ask(REFRESH_TOKEN, headers={"Cookie": header})
        assert data(response)["__typename"] == kind
        browser.forget()


async def test_cookies_in_several_headers_are_read_as_one(browser: Browser, issued: Issued) -> None:
    """HTTP/2 splits the header (RFC 9113, section 8.2.3)."""
    response = await browser.send(
        json={"query": REFRESH_TOKEN},
        headers=[("Cookie", "a=b"), ("Cookie", f"refresh_token={issued.refresh_token}")],
    )
    assert data(response)["__typename"] == "AuthPayload"


async def test_a_cookie_fits_into_any_browser(browser: Browser, ada: User) -> None:
    """Browsers drop what has more than 4096 bytes (RFC 6265bis, section 5.6)."""
    response = await browser.ask(LOGIN, ADA)
    assert all(len(header) < 256 for header in response.headers.get_list("set-cookie"))


SERVICE = "https://auth.example.com"


async def test_the_names_of_the_cookies_are_known_in_one_place(make_app: MakeApp) -> None:
    """Whatever is set is called what the settings say."""
    app = await make_app(**PRODUCTION, smtp_url="smtp://localhost:1", mail_from="a@example.com")
    settings = app.state.auth.settings
    browser = Browser(app, url=SERVICE)
    await person(app.state.auth, "ada@example.com")
    login = await browser.ask(LOGIN, ADA)
    link = await browser.ask(REQUEST_LOGIN_LINK, email="ada@example.com")
    assert cookie_names(login).keys() | cookie_names(link).keys() == {
        settings.refresh_cookie_name,
        settings.login_link_cookie_name,
        settings.device_cookie_name,
    }

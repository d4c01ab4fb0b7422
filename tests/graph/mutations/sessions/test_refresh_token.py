"""`refreshToken`: exchange a refresh token for a new pair."""

import asyncio
from datetime import timedelta
from unittest.mock import ANY

import pytest
from apps import MakeApp
from browser import Browser, codes, cookie_set, data
from documents import ME, REFRESH_TOKEN
from frozen_clock import NOON, FrozenClock
from rows import changes, session_row

from authberry import Auth, Issued, RefreshTokenTransport
from authberry.models import User
from authberry.tokens.refresh_tokens import RefreshTokenCodec

COOKIE = RefreshTokenTransport.COOKIE
DELETED = 'refresh_token=""; HttpOnly; Max-Age=0; Path=/; SameSite=strict'


async def test_a_cookie_is_exchanged_for_a_new_pair(
    auth: Auth, browser: Browser, in_browser: Issued, clock: FrozenClock
) -> None:
    """The successor is in the cookie and nowhere else; the row knows it by its hash."""
    before = await session_row(auth, in_browser)
    clock.tick(60)

    response = await browser.ask(REFRESH_TOKEN)

    successor = cookie_set(response).value
    assert successor != in_browser.refresh_token
    assert data(response) == {
        "__typename": "AuthPayload",
        "accessToken": ANY,
        "tokenType": "Bearer",
        "expiresIn": 300,
        "expiresAt": "2026-01-01T12:06:00.000Z",
        "refreshToken": None,
        "user": {
            "id": str(in_browser.user.id),
            "email": "ada@example.com",
            "name": "Ada",
            "emailVerified": False,
            "roles": ["admin"],
            "createdAt": "2026-01-01T12:00:00.654Z",
        },
        "session": {
            "id": str(in_browser.session.id),
            "current": True,
            "createdAt": "2026-01-01T12:00:00.654Z",
            "lastUsedAt": "2026-01-01T12:01:00.654Z",
            "expiresAt": "2026-01-15T12:01:00.654Z",
            "userAgent": "Firefox",
            "ipAddress": "192.0.2.1",
        },
    }
    assert successor not in response.text
    minute_later = NOON + timedelta(minutes=1)
    assert changes(before, await session_row(auth, in_browser)) == {
        "generation": 1,
        "token_hash": RefreshTokenCodec(auth.settings.secrets).open(successor).hash,
        "rotated_at": minute_later,
        "last_used_at": minute_later,
        "expires_at": minute_later + timedelta(days=14),
    }


async def test_an_argument_is_exchanged_in_the_body(
    auth: Auth, browser: Browser, issued: Issued
) -> None:
    """Clients without a cookie jar are given none."""
    response = await browser.ask(REFRESH_TOKEN, refreshToken=issued.refresh_token)

    successor = data(response)["refreshToken"]
    assert "set-cookie" not in response.headers
    row = await session_row(auth, issued)
    assert (row["generation"], row["token_hash"]) == (
        1,
        RefreshTokenCodec(auth.settings.secrets).open(successor).hash,
    )


async def test_an_argument_goes_before_the_cookie(
    auth: Auth, browser: Browser, in_browser: Issued, issued: Issued
) -> None:
    """The cookie is then neither used nor touched."""
    before = await session_row(auth, in_browser)
    response = await browser.ask(REFRESH_TOKEN, refreshToken=issued.refresh_token)
    assert data(response)["session"]["id"] == str(issued.session.id)
    assert "set-cookie" not in response.headers
    assert await session_row(auth, in_browser) == before


@pytest.mark.parametrize("nothing", [{}, {"refreshToken": None}, {"refreshToken": ""}])
async def test_an_empty_argument_means_the_cookie(
    browser: Browser, in_browser: Issued, nothing: dict[str, str | None]
) -> None:
    """A token that came by cookie leaves by cookie, whatever is asked for."""
    response = await browser.ask(REFRESH_TOKEN, nothing)
    assert data(response)["refreshToken"] is None
    assert cookie_set(response).value not in response.text


async def test_tabs_that_ask_at_once_get_one_successor(
    auth: Auth, browser: Browser, in_browser: Issued
) -> None:
    """Nobody is logged out, and one rotation is written; who asks with the successor keeps it."""
    responses = await asyncio.gather(*(browser.ask(REFRESH_TOKEN) for _ in range(10)))
    assert {data(response)["__typename"] for response in responses} == {"AuthPayload"}
    setting = [response for response in responses if "set-cookie" in response.headers]
    assert {cookie_set(response).value for response in setting} == {*browser.cookies.values()}
    assert (await session_row(auth, in_browser))["generation"] == 1


async def test_a_lost_answer_is_given_again(
    auth: Auth, browser: Browser, in_browser: Issued, clock: FrozenClock
) -> None:
    """Within the window the old token gets the successor it already has, and nothing is written."""
    first = cookie_set(await browser.ask(REFRESH_TOKEN))
    row = await session_row(auth, in_browser)
    clock.tick(29)
    browser.keep("refresh_token", in_browser.refresh_token)

    again = await browser.ask(REFRESH_TOKEN)

    assert cookie_set(again).value == first.value
    assert int(cookie_set(again)["max-age"]) == int(first["max-age"]) - 29
    assert data(again)["expiresAt"] == "2026-01-01T12:05:29.000Z"
    assert await session_row(auth, in_browser) == row


async def test_answers_that_overtake_each_other_take_no_token_back(
    auth: Auth, browser: Browser, in_browser: Issued, clock: FrozenClock
) -> None:
    """One tab asks as the window ends and another behind it; the first one's answer comes last."""
    first = cookie_set(await browser.ask(REFRESH_TOKEN)).value
    clock.tick(29.9)
    overtaken = await browser.ask(REFRESH_TOKEN)
    clock.tick(0.2)
    successor = cookie_set(await browser.ask(REFRESH_TOKEN)).value

    assert data(overtaken)["__typename"] == "AuthPayload"
    assert "set-cookie" not in overtaken.headers
    assert browser.cookies == {"refresh_token": successor}
    assert successor != first
    clock.tick(300)
    assert data(await browser.ask(REFRESH_TOKEN))["__typename"] == "AuthPayload"
    assert (await session_row(auth, in_browser))["generation"] == 3


@pytest.mark.parametrize("token", ["expired", "garbage"])
async def test_a_bad_access_token_does_not_keep_anybody_from_refreshing(
    browser: Browser, in_browser: Issued, clock: FrozenClock, token: str
) -> None:
    """It is the very moment at which clients hold an expired one."""
    clock.tick(600)
    access_token = in_browser.access_token.value if token == "expired" else "garbage"
    answer = data(await browser.ask(REFRESH_TOKEN, token=access_token))
    assert answer["__typename"] == "AuthPayload"


async def test_nothing_to_exchange_is_said_so(auth: Auth, browser: Browser, ada: User) -> None:
    """A first visit: the page shows its login form."""
    response = await browser.ask(REFRESH_TOKEN)
    assert data(response) == {
        "__typename": "RefreshTokenMissing",
        "code": "REFRESH_TOKEN_MISSING",
        "message": "No refresh token was sent.",
    }
    assert "set-cookie" not in response.headers


async def test_reuse_ends_the_session_and_only_that(
    auth: Auth, browser: Browser, in_browser: Issued, issued: Issued, clock: FrozenClock
) -> None:
    """Somebody has a copy: its access token, its newest refresh token and its cookie are over."""
    newest = cookie_set(await browser.ask(REFRESH_TOKEN)).value
    other = await session_row(auth, issued)
    row = await session_row(auth, in_browser)
    clock.tick(30)
    browser.keep("refresh_token", in_browser.refresh_token)

    response = await browser.ask(REFRESH_TOKEN)

    assert data(response) == {
        "__typename": "RefreshTokenReused",
        "code": "REFRESH_TOKEN_REUSED",
        "message": "This refresh token was used before. The session has been ended for safety.",
    }
    assert response.headers.get_list("set-cookie") == [DELETED]
    assert changes(row, await session_row(auth, in_browser)) == {
        "revoked_at": clock.now(),
        "revoked_reason": "reuse",
    }
    me = await browser.ask(ME, token=in_browser.access_token.value)
    assert codes(me) == ["UNAUTHENTICATED"]
    assert me.json()["errors"][0]["extensions"]["reason"] == "SESSION_REVOKED"
    refused = data(await browser.ask(REFRESH_TOKEN, refreshToken=newest))
    assert refused["code"] == "SESSION_REVOKED"
    assert data(await browser.ask(ME, token=issued.access_token.value))["name"] == "Ada"
    assert await session_row(auth, issued) == other


async def test_a_session_survives_a_restart(
    make_app: MakeApp, browser: Browser, in_browser: Issued, clock: FrozenClock
) -> None:
    """Another process, or the next one, knows all there is to know."""
    first = cookie_set(await browser.ask(REFRESH_TOKEN)).value
    second = Browser(await make_app())
    second.keep("refresh_token", in_browser.refresh_token)
    assert cookie_set(await second.ask(REFRESH_TOKEN)).value == first
    clock.tick(31)
    second.keep("refresh_token", in_browser.refresh_token)
    assert data(await second.ask(REFRESH_TOKEN))["code"] == "REFRESH_TOKEN_REUSED"
    assert data(await browser.ask(REFRESH_TOKEN))["code"] == "SESSION_REVOKED"

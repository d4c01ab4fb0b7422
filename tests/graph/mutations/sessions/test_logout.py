"""`logout`: end this session."""

import asyncio
from itertools import product

import httpx
import pytest
from browser import Browser, codes, data
from documents import LOGOUT, ME, REFRESH_TOKEN
from frozen_clock import FrozenClock
from people import PHONE, begin, refresh
from rows import changes, everything, session_row
from statements import Statements

from authberry import Auth, Issued, RefreshTokenTransport
from authberry.models import User

DELETED = 'refresh_token=""; HttpOnly; Max-Age=0; Path=/; SameSite=strict'


def is_success(response: httpx.Response) -> bool:
    """Whether the answer is the one that a logout always has."""
    answer: object = response.json()
    return answer == {"data": {"logout": {"__typename": "LoggedOut", "ok": True}}}


async def test_the_cookie_is_enough(
    auth: Auth, browser: Browser, in_browser: Issued, issued: Issued, clock: FrozenClock
) -> None:
    """The session is over in the database, its cookie is deleted, and no other session ends."""
    before, other = await session_row(auth, in_browser), await session_row(auth, issued)

    response = await browser.ask(LOGOUT)

    assert is_success(response)
    assert response.headers.get_list("set-cookie") == [DELETED]
    assert browser.cookies == {}
    assert changes(before, await session_row(auth, in_browser)) == {
        "revoked_at": clock.now(),
        "revoked_reason": "logout",
    }
    assert await session_row(auth, issued) == other
    refused = await browser.ask(REFRESH_TOKEN, refreshToken=in_browser.refresh_token)
    assert data(refused)["code"] == "SESSION_REVOKED"
    me = await browser.ask(ME, token=in_browser.access_token.value)
    assert me.json()["errors"][0]["extensions"]["reason"] == "SESSION_REVOKED"


@pytest.mark.parametrize("age", [0, 600, 7 * 24 * 60 * 60])
async def test_the_access_token_is_enough(
    auth: Auth, browser: Browser, issued: Issued, clock: FrozenClock, age: int
) -> None:
    """Also when it expired long ago: that nobody could log out would be no safety."""
    clock.tick(age)
    response = await browser.ask(LOGOUT, token=issued.access_token.value)
    assert is_success(response)
    assert "set-cookie" not in response.headers
    assert (await session_row(auth, issued))["revoked_reason"] == "logout"


async def test_an_expired_access_token_is_good_for_nothing_else(
    browser: Browser, issued: Issued, clock: FrozenClock
) -> None:
    """It logs out, and stays a stranger to every other field of the same request."""
    clock.tick(600)
    response = await browser.ask(ME, token=issued.access_token.value)
    assert codes(response) == ["UNAUTHENTICATED"]


async def test_the_argument_is_enough(
    auth: Auth, browser: Browser, in_browser: Issued, issued: Issued
) -> None:
    """And leaves the cookie beside it alone."""
    before = await session_row(auth, in_browser)
    response = await browser.ask(LOGOUT, refreshToken=issued.refresh_token)
    assert is_success(response)
    assert "set-cookie" not in response.headers
    assert (await session_row(auth, issued))["revoked_reason"] == "logout"
    assert await session_row(auth, in_browser) == before


async def test_a_token_that_was_rotated_away_still_logs_out(
    auth: Auth, browser: Browser, issued: Issued, clock: FrozenClock
) -> None:
    """Whoever lost the newest one may end the session all the same."""
    await refresh(auth, issued.refresh_token)
    clock.tick(3600)
    assert is_success(await browser.ask(LOGOUT, refreshToken=issued.refresh_token))
    assert (await session_row(auth, issued))["revoked_reason"] == "logout"


async def test_both_tokens_end_both_sessions(
    auth: Auth, browser: Browser, in_browser: Issued, issued: Issued
) -> None:
    """Two sessions in one request happen after a login over another: none is left behind."""
    response = await browser.ask(LOGOUT, token=issued.access_token.value)
    assert is_success(response)
    assert (await session_row(auth, in_browser))["revoked_reason"] == "logout"
    assert (await session_row(auth, issued))["revoked_reason"] == "logout"


async def test_logging_out_twice_is_a_success_and_changes_nothing(
    auth: Auth, browser: Browser, in_browser: Issued, clock: FrozenClock
) -> None:
    """The first time and its reason stay in the row; the cookie goes again."""
    await browser.ask(LOGOUT)
    row = await session_row(auth, in_browser)
    clock.tick(60)
    browser.keep("refresh_token", in_browser.refresh_token)

    response = await browser.ask(LOGOUT)

    assert is_success(response)
    assert response.headers.get_list("set-cookie") == [DELETED]
    assert await session_row(auth, in_browser) == row


NO_REFRESH_TOKENS = [None, "", "garbage", "A" * 91, "a\0b", "\ud800"]

NO_ACCESS_TOKENS = [None, "garbage", "a.b.c", "eyJhbGciOiJub25lIn0.e30."]


async def test_tokens_that_name_nothing_are_a_success_too(
    auth: Auth, browser: Browser, issued: Issued, subtests: pytest.Subtests
) -> None:
    """Whoever wants to be logged out is; nobody else notices."""
    for refresh_token, token in product(NO_REFRESH_TOKENS, NO_ACCESS_TOKENS):
        with subtests.test(token=token, refresh_token=refresh_token):
            before = await everything(auth)
            assert is_success(await browser.ask(LOGOUT, token=token, refreshToken=refresh_token))
            assert await everything(auth) == before


async def test_garbage_in_the_cookie_is_deleted_by_a_logout(
    browser: Browser, issued: Issued
) -> None:
    """Here that is what was asked for."""
    browser.keep("refresh_token", "garbage")
    response = await browser.ask(LOGOUT)
    assert response.headers.get_list("set-cookie") == [DELETED]


async def test_every_session_among_several_cookies_ends(
    auth: Auth, browser: Browser, in_browser: Issued, ada: User
) -> None:
    """A second cookie under another path must not live on unseen."""
    second = await begin(auth, ada, PHONE, RefreshTokenTransport.COOKIE)
    browser.forget()
    header = f"refresh_token={in_browser.refresh_token}; refresh_token={second.refresh_token}"
    assert is_success(await browser.ask(LOGOUT, headers={"Cookie": header}))
    assert (await session_row(auth, in_browser))["revoked_reason"] == "logout"
    assert (await session_row(auth, second))["revoked_reason"] == "logout"


@pytest.mark.one_process("it breaks the statements of one")
async def test_the_cookie_is_deleted_although_the_session_cannot_be_ended(
    auth: Auth, browser: Browser, in_browser: Issued, statements: Statements
) -> None:
    """The machine may be a shared one. That the session lives on is told, and can be mended."""
    row, token = await session_row(auth, in_browser), in_browser.access_token.value
    with statements.broken():
        response = await browser.ask(LOGOUT, token=token)
    assert codes(response) == ["SERVICE_UNAVAILABLE"]
    assert response.headers["retry-after"] == "1"
    assert response.headers.get_list("set-cookie") == [DELETED]
    assert browser.cookies == {}
    assert await session_row(auth, in_browser) == row

    assert is_success(await browser.ask(LOGOUT, token=token))
    assert (await session_row(auth, in_browser))["revoked_reason"] == "logout"


async def test_a_logout_wins_over_refreshes_of_the_same_moment(
    auth: Auth, browser: Browser, issued: Issued
) -> None:
    """Whoever comes first, in the end the session is over and no token of it works."""
    token = issued.refresh_token

    responses = await asyncio.gather(
        *(browser.ask(REFRESH_TOKEN, refreshToken=token) for _ in range(3)),
        browser.ask(LOGOUT, refreshToken=token),
        *(browser.ask(REFRESH_TOKEN, refreshToken=token) for _ in range(3)),
    )

    assert is_success(responses[3])
    kinds = {data(response)["__typename"] for response in responses} - {"LoggedOut"}
    assert kinds <= {"AuthPayload", "SessionRevoked"}
    assert (await session_row(auth, issued))["revoked_reason"] == "logout"
    for response in responses:
        successor = data(response).get("refreshToken", token)
        refused = await browser.ask(REFRESH_TOKEN, refreshToken=successor)
        assert data(refused)["code"] == "SESSION_REVOKED"

"""`refreshToken`: when the cookie is deleted and when not, and which of several counts."""

from collections.abc import Awaitable, Callable
from unittest.mock import ANY

import pytest
from apps import MakeApp
from browser import Browser, codes, cookie_set, data
from documents import REFRESH_TOKEN
from frozen_clock import NOON, FrozenClock
from people import PHONE, begin
from rows import everything, session_row
from statements import Statements

from authberry import Auth, Client, Issued, RefreshTokenTransport
from authberry.models import DatabaseUnavailable, RefreshToken, User

COOKIE = RefreshTokenTransport.COOKIE
DELETED = 'refresh_token=""; HttpOnly; Max-Age=0; Path=/; SameSite=strict'
DAY = 24 * 60 * 60
Kill = Callable[[Auth, Issued, FrozenClock], Awaitable[None]]


async def _expire(auth: Auth, issued: Issued, clock: FrozenClock) -> None:
    clock.tick(14 * DAY)


async def _revoke(auth: Auth, issued: Issued, clock: FrozenClock) -> None:
    await auth.sessions.revocation.revoke_by_id(issued.session.id, Client())


async def _disable(auth: Auth, issued: Issued, clock: FrozenClock) -> None:
    with auth.database.use():
        await User.filter(id=issued.user.id).update(disabled_at=NOON)


async def _delete(auth: Auth, issued: Issued, clock: FrozenClock) -> None:
    with auth.database.use():
        await RefreshToken.filter(id=issued.session.id).delete()


@pytest.mark.parametrize(
    ("kill", "code", "message"),
    [
        (_expire, "REFRESH_TOKEN_EXPIRED", "The session has expired. Log in again."),
        (_revoke, "SESSION_REVOKED", "This session has been ended. Log in again."),
        (_disable, "SESSION_REVOKED", "This session has been ended. Log in again."),
        (_delete, "REFRESH_TOKEN_INVALID", "This refresh token is not valid."),
    ],
)
async def test_the_cookie_of_a_dead_session_is_deleted(
    auth: Auth,
    browser: Browser,
    in_browser: Issued,
    clock: FrozenClock,
    kill: Kill,
    code: str,
    message: str,
) -> None:
    """With the attributes it was set with, or the browser would keep it."""
    await kill(auth, in_browser, clock)

    response = await browser.ask(REFRESH_TOKEN)

    answer = data(response)
    assert (answer["code"], answer["message"]) == (code, message)
    assert response.headers.get_list("set-cookie") == [DELETED]
    assert browser.cookies == {}


@pytest.mark.parametrize("kill", [_expire, _revoke, _disable, _delete])
async def test_a_token_in_the_body_deletes_no_cookie(
    auth: Auth, browser: Browser, in_browser: Issued, issued: Issued, clock: FrozenClock, kill: Kill
) -> None:
    """Whose session is dead says nothing of the cookie beside it."""
    await kill(auth, issued, clock)
    response = await browser.ask(REFRESH_TOKEN, refreshToken=issued.refresh_token)
    assert data(response)["__typename"] != "AuthPayload"
    assert "set-cookie" not in response.headers


async def test_garbage_deletes_no_cookie(auth: Auth, browser: Browser, in_browser: Issued) -> None:
    """It is nobody's, and the real one may be beside it under another path."""
    browser.keep("refresh_token", "garbage")
    before = await everything(auth)
    response = await browser.ask(REFRESH_TOKEN)
    assert data(response)["code"] == "REFRESH_TOKEN_INVALID"
    assert "set-cookie" not in response.headers
    assert await everything(auth) == before


async def test_the_loser_of_a_race_does_not_delete_the_winners_cookie(make_app: MakeApp) -> None:
    """With a window of 0 somebody loses, and both share one jar."""
    app = await make_app(refresh_window=0)
    auth: Auth = app.state.auth
    ada = await auth.accounts.create("ada@example.com", None)
    session = await begin(auth, ada, transport=COOKIE)
    browser = Browser(app)
    browser.keep("refresh_token", session.refresh_token)
    won = cookie_set(await browser.ask(REFRESH_TOKEN)).value
    browser.keep("refresh_token", session.refresh_token)

    lost = await browser.ask(REFRESH_TOKEN)

    assert data(lost)["code"] == "REFRESH_TOKEN_INVALID"
    assert "set-cookie" not in lost.headers
    browser.keep("refresh_token", won)
    assert data(await browser.ask(REFRESH_TOKEN))["__typename"] == "AuthPayload"


async def test_a_throttle_deletes_no_cookie(make_app: MakeApp) -> None:
    """Waiting is enough."""
    app = await make_app(refresh_attempts="1/hour")
    auth: Auth = app.state.auth
    ada = await auth.accounts.create("ada@example.com", None)
    session = await begin(auth, ada, transport=COOKIE)
    browser = Browser(app)
    browser.keep("refresh_token", session.refresh_token)
    await browser.ask(REFRESH_TOKEN)
    before = await session_row(auth, session)

    response = await browser.ask(REFRESH_TOKEN)

    answer = data(response)
    assert answer == {
        "__typename": "TooManyAttempts",
        "code": "TOO_MANY_ATTEMPTS",
        "message": "Too many attempts. Try again later.",
        "retryAfter": ANY,
    }
    assert 3000 < answer["retryAfter"] <= 3600
    assert response.headers["retry-after"] == str(answer["retryAfter"])
    assert "set-cookie" not in response.headers
    assert await session_row(auth, session) == before


@pytest.mark.parametrize("statement", [1, 2])
@pytest.mark.parametrize("answer_is_lost", [False, True])
async def test_a_database_that_is_away_deletes_no_cookie(
    auth: Auth,
    browser: Browser,
    in_browser: Issued,
    statements: Statements,
    statement: int,
    *,
    answer_is_lost: bool,
) -> None:
    """Nothing was decided: the client tries again in a second, and is still logged in."""
    answers = []
    if statement == 2:  # by another tab: then the claim fails, and the session is looked at
        await auth.sessions.refresh([in_browser.refresh_token], Client())

    async def ask() -> None:
        answers.append(await browser.ask(REFRESH_TOKEN))
        if answers[-1].json()["data"] is None:
            raise DatabaseUnavailable

    assert await statements.break_(statement, ask(), answer_is_lost=answer_is_lost)

    (response,) = answers
    assert response.json() == {
        "data": None,
        "errors": [
            {
                "message": "The service cannot answer right now. Try again shortly.",
                "locations": [{"line": 3, "column": 3}],
                "path": ["refreshToken"],
                "extensions": {"code": "SERVICE_UNAVAILABLE", "retryAfter": 1},
            }
        ],
    }
    assert response.headers["retry-after"] == "1"
    assert "set-cookie" not in response.headers
    assert (await session_row(auth, in_browser))["revoked_at"] is None
    assert data(await browser.ask(REFRESH_TOKEN))["__typename"] == "AuthPayload"


async def test_a_fault_of_ours_deletes_no_cookie(
    auth: Auth, browser: Browser, in_browser: Issued, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bug is no reason to log anybody out."""

    async def fail(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(type(auth.sessions.rotation), "advance", fail)
    response = await browser.ask(REFRESH_TOKEN)
    assert codes(response) == ["INTERNAL_SERVER_ERROR"]
    assert "set-cookie" not in response.headers


async def test_the_first_good_cookie_wins(
    auth: Auth, browser: Browser, in_browser: Issued, ada: User
) -> None:
    """Browsers send what was left behind under another path as well."""
    browser.forget()
    dead = await begin(auth, ada, PHONE, COOKIE)
    await auth.sessions.revocation.revoke_by_id(dead.session.id, Client())
    cookies = ("garbage", dead.refresh_token, in_browser.refresh_token)
    header = "; ".join(f"refresh_token={value}" for value in cookies)

    response = await browser.ask(REFRESH_TOKEN, headers={"Cookie": header})

    assert data(response)["session"]["id"] == str(in_browser.session.id)
    assert cookie_set(response).value != ""


async def test_an_old_cookie_beside_the_new_one_is_no_thief(
    auth: Auth, browser: Browser, in_browser: Issued, clock: FrozenClock
) -> None:
    """Of two tokens of one session the newer counts, in whichever order they come."""
    newest = cookie_set(await browser.ask(REFRESH_TOKEN)).value
    for old, new in ((in_browser.refresh_token, newest), (newest, in_browser.refresh_token)):
        clock.tick(60)
        header = f"refresh_token={old}; refresh_token={new}"
        browser.forget()
        response = await browser.ask(REFRESH_TOKEN, headers={"Cookie": header})
        assert data(response)["__typename"] == "AuthPayload"
        clock.tick(-60)
    assert (await session_row(auth, in_browser))["revoked_at"] is None

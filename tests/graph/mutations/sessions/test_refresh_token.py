"""`refreshToken`: exchange a refresh token for a new pair."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from unittest.mock import ANY

import pytest
from apps import MakeApp
from browser import Browser, codes, cookie_set, data
from documents import ME, REFRESH_TOKEN
from frozen_clock import NOON, FrozenClock
from people import PHONE, begin
from rows import changes, everything, session_row
from statements import Statements

from authberry import Auth, Client, Issued, RefreshTokenTransport
from authberry.models import DatabaseUnavailable, RefreshToken, User
from authberry.tokens.refresh_tokens import RefreshTokenCodec

COOKIE = RefreshTokenTransport.COOKIE
DELETED = 'refresh_token=""; HttpOnly; Max-Age=0; Path=/; SameSite=strict'
DAY = 24 * 60 * 60

Kill = Callable[[Auth, Issued, FrozenClock], Awaitable[None]]


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


# When a cookie is deleted, and when not


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


# Several cookies of the name


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

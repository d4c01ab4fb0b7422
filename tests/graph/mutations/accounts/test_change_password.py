"""`changePassword`: prove the old password and set a new one."""

import asyncio
from datetime import timedelta
from itertools import product
from unittest.mock import ANY

import pytest
from apps import MakeApp, person
from browser import Browser, codes, cookie_set, data, errors
from documents import CHANGE_PASSWORD, LOGIN, ME, REFRESH_TOKEN
from frozen_clock import NOON, FrozenClock
from people import PASSWORD, PHONE, begin
from rows import changes, everything, session_row, user_row

from authberry import Auth, Issued, RefreshTokenTransport
from authberry.models import User
from authberry.tokens.refresh_tokens import RefreshTokenCodec

NEW = "another horse, another staple"
CHANGE = {"currentPassword": PASSWORD, "newPassword": NEW}


async def test_a_new_password_ends_every_other_session_and_renews_this_one(
    auth: Auth, browser: Browser, in_browser: Issued, issued: Issued, clock: FrozenClock
) -> None:
    """Whoever knew the old password is out; whoever changed it stays in."""
    user, row = await user_row(auth, in_browser.user), await session_row(auth, in_browser)
    other = await session_row(auth, issued)
    clock.tick(60)

    response = await browser.ask(CHANGE_PASSWORD, CHANGE, token=in_browser.access_token.value)

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
    token = RefreshTokenCodec(auth.settings.secrets).open(cookie_set(response).value)
    assert changes(user, await user_row(auth, in_browser.user)) == {"password_hash": ANY}
    minute_later = NOON + timedelta(minutes=1)
    assert changes(row, await session_row(auth, in_browser)) == {
        "generation": 1,
        "token_hash": token.hash,
        "authenticated_at": minute_later,
        "rotated_at": minute_later,
        "last_used_at": minute_later,
        "expires_at": minute_later + timedelta(days=14),
    }
    assert changes(other, await session_row(auth, issued)) == {
        "revoked_at": minute_later,
        "revoked_reason": "password changed",
    }


async def test_both_new_tokens_work_and_no_old_ones(
    auth: Auth, browser: Browser, in_browser: Issued, issued: Issued, clock: FrozenClock
) -> None:
    """The refresh token of before is not even good for the window: it may be the thief's."""
    changed = data(await browser.ask(CHANGE_PASSWORD, CHANGE, token=in_browser.access_token.value))

    me = await browser.ask(ME, token=changed["accessToken"])
    assert data(me)["email"] == "ada@example.com"
    assert data(await browser.ask(REFRESH_TOKEN))["__typename"] == "AuthPayload"
    stolen = await browser.ask(REFRESH_TOKEN, refreshToken=in_browser.refresh_token)
    assert data(stolen)["code"] == "REFRESH_TOKEN_INVALID"
    ended = await browser.ask(REFRESH_TOKEN, refreshToken=issued.refresh_token)
    assert data(ended)["code"] == "SESSION_REVOKED"
    me = await browser.ask(ME, token=issued.access_token.value)
    assert me.json()["errors"][0]["extensions"]["reason"] == "SESSION_REVOKED"


async def test_the_new_password_logs_in_and_the_old_one_does_not(
    browser: Browser, issued: Issued
) -> None:
    """That is what it was about."""
    await browser.ask(CHANGE_PASSWORD, CHANGE, token=issued.access_token.value)
    old = await browser.ask(LOGIN, email="ada@example.com", password=PASSWORD)
    new = await browser.ask(LOGIN, email="ada@example.com", password=NEW)
    assert data(old)["code"] == "INVALID_CREDENTIALS"
    assert data(new)["__typename"] == "AuthPayload"


async def test_the_token_travels_as_it_did_at_login(browser: Browser, issued: Issued) -> None:
    """A client without a jar is given its token in the body, and no cookie."""
    response = await browser.ask(CHANGE_PASSWORD, CHANGE, token=issued.access_token.value)
    assert len(data(response)["refreshToken"]) == 91
    assert "set-cookie" not in response.headers


async def test_the_wrong_password_changes_nothing(
    auth: Auth, browser: Browser, in_browser: Issued
) -> None:
    """An access token alone, found in an unlocked browser, does not take an account over."""
    before = await everything(auth)
    wrong = {"currentPassword": "wrong", "newPassword": NEW}
    response = await browser.ask(CHANGE_PASSWORD, wrong, token=in_browser.access_token.value)
    assert data(response) == {
        "__typename": "InvalidCredentials",
        "code": "INVALID_CREDENTIALS",
        "message": "The e-mail address or the password is wrong.",
    }
    assert "set-cookie" not in response.headers
    assert await everything(auth) == before


WEAK = [
    ("short", ["It is shorter than 8 characters."]),
    ("password1", ["It is one of the passwords that are tried first."]),
    (
        "ada@example.com",
        ["It is made of your e-mail address, your name or the name of this service."],
    ),
]


async def test_a_weak_password_changes_nothing(
    auth: Auth, browser: Browser, issued: Issued, subtests: pytest.Subtests
) -> None:
    """The same policy as for a new account, with the same reasons."""
    for password, reasons in WEAK:
        with subtests.test(password):
            before = await everything(auth)
            weak = {"currentPassword": PASSWORD, "newPassword": password}
            response = await browser.ask(CHANGE_PASSWORD, weak, token=issued.access_token.value)
            assert data(response) == {
                "__typename": "WeakPassword",
                "code": "WEAK_PASSWORD",
                "message": "This password is too easy to guess.",
                "reasons": reasons,
            }
            assert await everything(auth) == before


NO_PASSWORDS = ["a\0bcdefgh", "a\ud800bcdefgh", "a" * 1025]


async def test_what_no_password_can_be_is_refused_by_the_name_of_its_argument(
    auth: Auth, browser: Browser, issued: Issued, subtests: pytest.Subtests
) -> None:
    """An error, since the contract has no such answer among the results."""
    for text, field in product(NO_PASSWORDS, CHANGE):
        with subtests.test(field, text=text):
            before = await everything(auth)
            response = await browser.ask(
                CHANGE_PASSWORD, {**CHANGE, field: text}, token=issued.access_token.value
            )
            assert response.status_code == 200
            assert [extensions for _, extensions in errors(response)] == [
                {"code": "INVALID_INPUT", "field": field}
            ]
            assert await everything(auth) == before


async def test_nobody_known_changes_nothing(auth: Auth, browser: Browser, ada: User) -> None:
    """A cookie is not enough either: it renews, and the access token acts."""
    session = await begin(auth, ada, transport=RefreshTokenTransport.COOKIE)
    browser.keep("refresh_token", session.refresh_token)
    before = await everything(auth)
    response = await browser.ask(CHANGE_PASSWORD, CHANGE)
    assert codes(response) == ["UNAUTHENTICATED"]
    assert response.json()["data"] == {"changePassword": None}
    assert await everything(auth) == before


async def test_of_two_changes_at_once_one_is_made(auth: Auth, browser: Browser, ada: User) -> None:
    """The second finds its old password wrong, or its session ended; never both passwords."""
    sessions = [await begin(auth, ada), await begin(auth, ada, PHONE)]
    responses = await asyncio.gather(
        *(
            browser.ask(
                CHANGE_PASSWORD,
                {"currentPassword": PASSWORD, "newPassword": f"{NEW} {number}"},
                token=session.access_token.value,
            )
            for number, session in enumerate(sessions)
        )
    )
    kinds = [
        (response.json()["data"]["changePassword"] or {}).get("__typename")
        for response in responses
    ]
    assert kinds.count("AuthPayload") == 1, kinds
    winner = kinds.index("AuthPayload")
    new = await browser.ask(LOGIN, email="ada@example.com", password=f"{NEW} {winner}")
    assert data(new)["__typename"] == "AuthPayload"


async def test_guessing_here_is_counted_with_guessing_at_the_login(make_app: MakeApp) -> None:
    """An access token buys no second budget."""
    app = await make_app(login_attempts="3/15minutes")
    auth: Auth = app.state.auth
    ada = await person(auth, "ada@example.com")
    session = await begin(auth, ada)
    browser = Browser(app)
    wrong = {"currentPassword": "wrong", "newPassword": NEW}
    token = session.access_token.value
    kinds = [data(await browser.ask(CHANGE_PASSWORD, wrong, token=token))["code"]]
    for _ in range(2):
        guess = await browser.ask(LOGIN, email="ada@example.com", password="wrong")
        kinds.append(data(guess)["code"])
    before = await everything(auth)

    response = await browser.ask(CHANGE_PASSWORD, CHANGE, token=token)

    assert kinds == ["INVALID_CREDENTIALS"] * 3
    answer = data(response)
    assert answer["__typename"] == "TooManyAttempts"
    assert response.headers["retry-after"] == str(answer["retryAfter"])
    assert await everything(auth) == before

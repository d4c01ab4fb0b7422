"""`login`: prove an address and a password."""

from datetime import timedelta
from unittest.mock import ANY
from uuid import UUID

import httpx
import pytest
from apps import PRODUCTION, MakeApp, person
from browser import Browser, cookie_set, data, errors
from documents import LOGIN, ME
from frozen_clock import NOON
from people import PASSWORD, begin
from rows import everything, session_row

from authberry import Auth, RefreshTokenTransport
from authberry.models import User
from authberry.tokens.refresh_tokens import RefreshTokenCodec

ADA = {"email": "ada@example.com", "password": PASSWORD}
REFUSED = {
    "__typename": "InvalidCredentials",
    "code": "INVALID_CREDENTIALS",
    "message": "The e-mail address or the password is wrong.",
}


async def test_a_login_answers_with_tokens_and_begins_a_session(
    auth: Auth, browser: Browser, ada: User
) -> None:
    """The access token is in the body, the refresh token in a cookie, and the session is a row."""
    response = await browser.ask(LOGIN, ADA)

    answer = data(response)
    session_id = answer["session"]["id"]
    assert answer == {
        "__typename": "AuthPayload",
        "accessToken": ANY,
        "tokenType": "Bearer",
        "expiresIn": 300,
        "expiresAt": "2026-01-01T12:05:00.000Z",
        "refreshToken": None,
        "user": {
            "id": str(ada.id),
            "email": "ada@example.com",
            "name": "Ada",
            "emailVerified": False,
            "roles": ["admin"],
            "createdAt": "2026-01-01T12:00:00.654Z",
        },
        "session": {
            "id": session_id,
            "current": True,
            "createdAt": "2026-01-01T12:00:00.654Z",
            "lastUsedAt": "2026-01-01T12:00:00.654Z",
            "expiresAt": "2026-01-15T12:00:00.654Z",
            "userAgent": "Firefox",
            "ipAddress": "192.0.2.1",
        },
    }
    claims = await auth.signing.access_tokens.verify(answer["accessToken"])
    assert (claims.user_id, str(claims.session_id)) == (ada.id, session_id)
    token = RefreshTokenCodec(auth.settings.secrets).open(cookie_set(response).value)
    assert await session_row(auth, UUID(session_id)) == {
        "id": token.session_id,
        "user_id": ada.id,
        "generation": 0,
        "token_hash": token.hash,
        "transport": "COOKIE",
        "authenticated_at": NOON,
        "amr": None,
        "proofs": None,
        "created_at": NOON,
        "rotated_at": None,
        "last_used_at": NOON,
        "expires_at": NOON + timedelta(days=14),
        "absolute_expires_at": NOON + timedelta(days=90),
        "user_agent": "Firefox",
        "ip_address": "192.0.2.1",
        "revoked_at": None,
        "revoked_reason": None,
    }


async def test_the_access_token_says_who_is_asking(browser: Browser, ada: User) -> None:
    """What a login answers with is what `me` needs."""
    answer = data(await browser.ask(LOGIN, ADA))
    assert data(await browser.ask(ME, token=answer["accessToken"])) == answer["user"]


async def test_a_client_without_a_jar_gets_the_token_in_the_body(
    auth: Auth, browser: Browser, ada: User
) -> None:
    """With BODY no cookie is set, and the session remembers it."""
    response = await browser.ask(LOGIN, ADA, transport="BODY")

    answer = data(response)
    assert "set-cookie" not in response.headers
    assert response.headers["cache-control"] == "no-store"
    token = RefreshTokenCodec(auth.settings.secrets).open(answer["refreshToken"])
    row = await session_row(auth, UUID(answer["session"]["id"]))
    assert (row["id"], row["token_hash"], row["transport"]) == (
        token.session_id,
        token.hash,
        "BODY",
    )


SPELLINGS = ["ADA@EXAMPLE.COM", " ada@example.com ", "Ada@Example.Com"]


async def test_an_address_is_known_in_any_spelling(
    browser: Browser, ada: User, subtests: pytest.Subtests
) -> None:
    """People write capitals, and phones add spaces."""
    for spelling in SPELLINGS:
        with subtests.test(spelling):
            answer = data(await browser.ask(LOGIN, email=spelling, password=PASSWORD))
            assert answer["user"]["id"] == str(ada.id)


async def test_every_refusal_is_the_same_to_the_byte(
    auth: Auth, browser: Browser, ada: User
) -> None:
    """Unknown, wrong, disabled, without a password: nobody can tell which, and nothing changes."""
    gone = await person(auth, "gone@example.com")
    with auth.database.use():
        await User.filter(id=gone.id).update(disabled_at=NOON)
    await auth.accounts.create("invited@example.com", None)
    before = await everything(auth)

    responses = [
        await browser.ask(LOGIN, email=email, password=password)
        for email, password in (
            ("unknown@example.com", PASSWORD),
            ("not an address", PASSWORD),
            ("ada@example.com", "wrong " + PASSWORD),
            ("ada@example.com", ""),
            ("gone@example.com", PASSWORD),
            ("invited@example.com", PASSWORD),
        )
    ]

    assert data(responses[0]) == REFUSED
    assert len({_bytes(response) for response in responses}) == 1
    assert await everything(auth) == before


async def test_a_login_is_always_a_session_of_its_own(
    auth: Auth, browser: Browser, ada: User
) -> None:
    """A cookie that somebody planted in this browser is not adopted (session fixation)."""
    mallory = await auth.accounts.create("mallory@example.com", None)
    planted = await begin(auth, mallory, transport=RefreshTokenTransport.COOKIE)
    browser.keep("refresh_token", planted.refresh_token)
    before = await session_row(auth, planted)

    answer = data(await browser.ask(LOGIN, ADA))

    assert answer["user"]["id"] == str(ada.id)
    assert answer["session"]["id"] != str(planted.session.id)
    assert browser.cookies["refresh_token"] != planted.refresh_token
    assert await session_row(auth, planted) == before


NO_PASSWORDS = [
    ("a\0b", "This text has a NUL character."),
    ("a\ud800b", "This text has characters that are not Unicode."),
    ("a" * 1025, "A password may have 1024 bytes at most."),
    ("å" * 513, "A password may have 1024 bytes at most."),
]


async def test_what_no_password_can_be_is_refused_as_input(
    auth: Auth, browser: Browser, ada: User, subtests: pytest.Subtests
) -> None:
    """It could not have been set, so that saying so tells nothing of any account."""
    for password, message in NO_PASSWORDS:
        with subtests.test(message):
            before = await everything(auth)
            for email in ("ada@example.com", "unknown@example.com"):
                response = await browser.ask(LOGIN, email=email, password=password)
                assert response.status_code == 200
                assert errors(response) == [
                    (message, {"code": "INVALID_INPUT", "field": "password"})
                ]
            assert await everything(auth) == before


async def test_production_logs_in_over_https(make_app: MakeApp) -> None:
    """The same answer behind another name, with the cookie that only TLS allows."""
    app = await make_app(**PRODUCTION)
    await person(app.state.auth, "ada@example.com")
    browser = Browser(app, url="https://auth.example.com")

    answer = data(await browser.ask(LOGIN, ADA))

    assert answer["refreshToken"] is None
    assert list(browser.cookies) == ["__Host-refresh_token"]


async def test_a_new_service_knows_nobody(make_app: MakeApp) -> None:
    """No account comes with it, in either mode: there is no first password to change."""
    for settings, url in (({}, "http://127.0.0.1:8000"), (PRODUCTION, PRODUCTION["public_url"])):
        app = await make_app(**settings, login_attempts="100/minute")
        browser = Browser(app, url=url)
        for name in ("admin", "root", "test", "user", "authberry"):
            for email in (name, f"{name}@example.com", f"{name}@localhost", f"{name}@authberry"):
                assert data(await browser.ask(LOGIN, email=email, password=name)) == REFUSED
        rows = await everything(app.state.auth)
        assert (rows["User"], rows["RefreshToken"]) == ([], [])


def _bytes(response: httpx.Response) -> tuple[object, ...]:
    """All that a client sees, but for the request id."""
    headers = [pair for pair in response.headers.raw if pair[0].lower() != b"x-request-id"]
    return (response.status_code, tuple(headers), response.content)

"""`register`: make an account, and log its owner in."""

from unittest.mock import ANY
from uuid import UUID

import pytest
from apps import MakeApp
from browser import Browser, cookie_set, data
from documents import ME, REGISTER
from frozen_clock import NOON
from people import PASSWORD
from rows import Row, everything

from authberry import Auth
from authberry.models import User
from authberry.tokens.refresh_tokens import RefreshTokenCodec

pytestmark = pytest.mark.usefixtures("usual_cost")

GRACE = {"email": " Grace@Example.COM ", "password": PASSWORD, "name": "Grace"}


async def people(auth: Auth) -> list[Row]:
    """The rows of everybody."""
    return (await everything(auth))["User"]


async def test_registering_makes_an_account_and_logs_its_owner_in(
    auth: Auth, browser: Browser
) -> None:
    """The address is stored in its one spelling, the password as Argon2id and nothing else."""
    response = await browser.ask(REGISTER, GRACE)

    answer = data(response)
    user_id = answer["user"]["id"]
    assert answer == {
        "__typename": "AuthPayload",
        "accessToken": ANY,
        "tokenType": "Bearer",
        "expiresIn": 300,
        "expiresAt": "2026-01-01T12:05:00.000Z",
        "refreshToken": None,
        "user": {
            "id": user_id,
            "email": "grace@example.com",
            "name": "Grace",
            "emailVerified": False,
            "roles": [],
            "createdAt": "2026-01-01T12:00:00.654Z",
        },
        "session": {
            "id": ANY,
            "current": True,
            "createdAt": "2026-01-01T12:00:00.654Z",
            "lastUsedAt": "2026-01-01T12:00:00.654Z",
            "expiresAt": "2026-01-15T12:00:00.654Z",
            "userAgent": "Firefox",
            "ipAddress": "192.0.2.1",
        },
    }
    rows = await everything(auth)
    (row,) = rows["User"]
    password_hash = row.pop("password_hash")
    assert row == {
        "id": UUID(user_id),
        "email": "grace@example.com",
        "email_key": None,
        "email_verified": False,
        "name": "Grace",
        "roles": [],
        "created_at": NOON,
        "disabled_at": None,
        "deletes_at": None,
        "locale": None,
    }
    assert password_hash.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    token = RefreshTokenCodec(auth.settings.secrets).open(cookie_set(response).value)
    (session,) = rows["RefreshToken"]
    assert (session["id"], session["user_id"], session["token_hash"]) == (
        UUID(answer["session"]["id"]),
        UUID(user_id),
        token.hash,
    )
    assert data(await browser.ask(ME, token=answer["accessToken"])) == answer["user"]


async def test_a_client_without_a_jar_registers_too(browser: Browser) -> None:
    """With BODY no cookie is set."""
    response = await browser.ask(REGISTER, GRACE, transport="BODY")
    assert len(data(response)["refreshToken"]) == 91
    assert "set-cookie" not in response.headers


@pytest.mark.parametrize("name", [None, "", "   "])
async def test_a_name_may_be_missing(browser: Browser, name: str | None) -> None:
    """Whatever way a form leaves it out."""
    answer = data(await browser.ask(REGISTER, {**GRACE, "name": name}))
    assert answer["user"]["name"] is None


@pytest.mark.parametrize("email", ["ada@example.com", "ADA@Example.com"])
async def test_an_address_makes_one_account(
    auth: Auth, browser: Browser, ada: User, email: str
) -> None:
    """Whoever comes second is told, gets no cookie, and changes nothing."""
    before = await everything(auth)
    response = await browser.ask(REGISTER, email=email, password=PASSWORD)
    assert data(response) == {
        "__typename": "EmailTaken",
        "code": "EMAIL_TAKEN",
        "message": "There is already an account with this e-mail address.",
    }
    assert "set-cookie" not in response.headers
    assert await everything(auth) == before


WEAK = [
    ("Ab3$xyz", ["It is shorter than 8 characters."]),
    ("password", ["It is one of the passwords that are tried first."]),
    (
        "grace@example.com",
        ["It is made of your e-mail address, your name or the name of this service."],
    ),
    ("zzzzzzzzzzz", ["It repeats or counts."]),
]


async def test_a_weak_password_is_refused_with_its_reasons(
    auth: Auth, browser: Browser, subtests: pytest.Subtests
) -> None:
    """A sentence each, which a form can show; nobody is made."""
    for password, reasons in WEAK:
        with subtests.test(password):
            answer = data(await browser.ask(REGISTER, {**GRACE, "password": password}))
            assert answer == {
                "__typename": "WeakPassword",
                "code": "WEAK_PASSWORD",
                "message": "This password is too easy to guess.",
                "reasons": reasons,
            }
            assert await people(auth) == []


REFUSED = [
    ({"email": "nobody"}, "email", "This is not an e-mail address."),
    ({"email": ""}, "email", "This is not an e-mail address."),
    ({"email": "a\uff20b.example.com"}, "email", "This is not an e-mail address."),
    ({"email": "a\0@example.com"}, "email", "This is not an e-mail address."),
    ({"email": "a\ud800@example.com"}, "email", "This is not an e-mail address."),
    ({"email": "a\r\n@example.com"}, "email", "This is not an e-mail address."),
    ({"email": f"{'a' * 250}@example.com"}, "email", "This is not an e-mail address."),
    ({"password": "a\0bcdefgh"}, "password", "This text has a NUL character."),
    (
        {"password": "a\udfffbcdefgh"},
        "password",
        "This text has characters that are not Unicode.",
    ),
    ({"password": "é" * 513}, "password", "A password may have 1024 bytes at most."),
    ({"name": "a\0b"}, "name", "A name may not have control characters."),
    ({"name": "a\ud800b"}, "name", "A name may not have control characters."),
    ({"name": "a\x1b[31mb"}, "name", "A name may not have control characters."),
    ({"name": "a" * 201}, "name", "A name may have 200 characters at most."),
]


async def test_what_cannot_be_stored_is_refused_by_the_name_of_its_argument(
    auth: Auth, browser: Browser, subtests: pytest.Subtests
) -> None:
    """The two databases disagree on such text, so that none of it reaches them."""
    for changes, field, message in REFUSED:
        with subtests.test(message, changes=changes):
            answer = data(await browser.ask(REGISTER, {**GRACE, **changes}))
            assert answer == {
                "__typename": "InvalidInput",
                "code": "INVALID_INPUT",
                "message": message,
                "field": field,
            }
            assert await people(auth) == []


async def test_where_registration_is_closed_nobody_registers(make_app: MakeApp) -> None:
    """The operator makes the accounts there."""
    app = await make_app(registration="closed")
    answer = data(await Browser(app).ask(REGISTER, GRACE))
    assert answer == {
        "__typename": "RegistrationClosed",
        "code": "REGISTRATION_CLOSED",
        "message": "Registration is closed.",
    }
    assert await people(app.state.auth) == []

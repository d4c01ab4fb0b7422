"""`changePassword`, refused: nothing is changed, and a guess is counted."""

from itertools import product

import pytest
from apps import MakeApp, person
from browser import Browser, codes, data, errors
from documents import CHANGE_PASSWORD, DELETE_ACCOUNT
from people import PASSWORD, begin
from rows import everything

from authberry import Auth, Issued, RefreshTokenTransport
from authberry.models import User

NEW = "another horse, another staple"
CHANGE = {"currentPassword": PASSWORD, "newPassword": NEW}


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


async def test_guessing_here_is_counted_with_guessing_elsewhere_in_the_session(
    make_app: MakeApp,
) -> None:
    """An access token buys as many guesses as a login, whatever they are made with."""
    app = await make_app(login_attempts="3/15minutes")
    auth: Auth = app.state.auth
    ada = await person(auth, "ada@example.com")
    session = await begin(auth, ada)
    browser = Browser(app)
    wrong = {"currentPassword": "wrong", "newPassword": NEW}
    token = session.access_token.value
    kinds = [data(await browser.ask(CHANGE_PASSWORD, wrong, token=token))["code"]]
    for _ in range(2):
        guess = await browser.ask(DELETE_ACCOUNT, password="wrong", token=token)
        kinds.append(data(guess)["code"])
    before = await everything(auth)

    response = await browser.ask(CHANGE_PASSWORD, CHANGE, token=token)

    assert kinds == ["INVALID_CREDENTIALS"] * 3
    answer = data(response)
    assert answer["__typename"] == "TooManyAttempts"
    assert response.headers["retry-after"] == str(answer["retryAfter"])
    assert await everything(auth) == before

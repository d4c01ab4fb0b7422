"""The cookie by which a browser is known where somebody has logged in before."""

import pytest
from apps import PRODUCTION, MakeApp, person
from browser import Browser, data
from documents import (
    DELETE_ACCOUNT,
    LOGIN,
    LOGOUT,
    REFRESH_TOKEN,
    REGISTER,
    REQUEST_EMAIL_VERIFICATION,
    VERIFY_EMAIL,
)
from people import PASSWORD
from sent_mail import token_to

from authberry import Auth
from authberry.models import User

ADA = {"email": "ada@example.com", "password": PASSWORD}
GRACE = {"email": "grace@example.com", "password": PASSWORD}
WRONG = {**ADA, "password": "wrong"}


def is_known(auth: Auth, browser: Browser, email: str = "ada@example.com") -> bool:
    """Whether a browser is known at an account."""
    devices = auth.resources.attempts.devices
    return devices.device(email, (browser.device or "",)) is not None


@pytest.mark.parametrize(
    ("settings", "shape"),
    [
        ({}, "device={}; HttpOnly; Max-Age=31536000; Path=/; SameSite=strict"),
        (
            {**PRODUCTION, "cookie_domain": "example.com"},
            "__Host-device={}; HttpOnly; Max-Age=31536000; Path=/; SameSite=strict; Secure",
        ),
        (
            {**PRODUCTION, "cookie_path": "/graphql", "cookie_samesite": "lax"},
            "__Secure-device={}; HttpOnly; Max-Age=31536000; Path=/graphql; SameSite=lax; Secure",
        ),
    ],
)
async def test_the_cookie_belongs_to_the_host_alone(
    make_app: MakeApp, settings: dict[str, object], shape: str
) -> None:
    """Out of reach of scripts; it outlives the session, and a refresh does not set it."""
    app = await make_app(**settings)
    await person(app.state.auth, "ada@example.com")
    browser = Browser(app, url=app.state.auth.settings.public_url)
    login = await browser.ask(LOGIN, ADA)
    assert shape.format(browser.device) in login.headers.get_list("set-cookie")
    for document in (REFRESH_TOKEN, LOGOUT):
        answer = await browser.ask(document)
        assert "device" not in "".join(answer.headers.get_list("set-cookie"))
    assert is_known(app.state.auth, browser)


async def test_only_a_login_and_a_mailbox_make_a_browser_known(
    auth: Auth, browser: Browser, ada: User
) -> None:
    """No wrong password, no program that keeps its token itself, no page of another site."""
    await browser.ask(LOGIN, WRONG)
    await browser.ask(LOGIN, ADA, transport="BODY")
    await browser.ask(LOGIN, ADA, headers={"Origin": "https://evil.example"})
    assert browser.device is None
    await browser.ask(REQUEST_EMAIL_VERIFICATION, email="ada@example.com")
    link = {"token": await token_to(auth, "ada@example.com")}
    await browser.ask(VERIFY_EMAIL, link)
    assert is_known(auth, browser)
    first = browser.device
    await browser.ask(LOGIN, ADA)
    assert is_known(auth, browser)
    assert browser.device != first


async def test_a_page_of_another_site_uses_no_device_of_the_browser(
    make_app: MakeApp,
) -> None:
    """It would try passwords at the owner's cost."""
    app = await make_app(login_attempts="1/hour")
    await person(app.state.auth, "ada@example.com")
    browser = Browser(app)
    await browser.ask(LOGIN, ADA)
    evil = {"Origin": "https://evil.example"}
    for _ in range(2):
        await browser.ask(LOGIN, WRONG, transport="BODY", headers=evil)
    assert data(await browser.ask(LOGIN, ADA))["__typename"] == "AuthPayload"


async def test_a_browser_is_known_for_several_people_and_not_for_who_is_gone(
    auth: Auth, browser: Browser, ada: User
) -> None:
    """Of an account that is deleted nothing is left."""
    await browser.ask(REGISTER, GRACE)
    token = data(await browser.ask(LOGIN, ADA))["accessToken"]
    assert is_known(auth, browser)
    await browser.ask(DELETE_ACCOUNT, token=token, password=PASSWORD)
    assert not is_known(auth, browser)
    assert is_known(auth, browser, "grace@example.com")
    token = data(await browser.ask(LOGIN, GRACE))["accessToken"]
    await browser.ask(DELETE_ACCOUNT, token=token, password=PASSWORD)
    assert browser.device is None

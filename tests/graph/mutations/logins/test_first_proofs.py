"""`loginWithLink` where nobody has ever proved the address: whose account is it?"""

import pytest
from apps import MakeApp, person
from browser import Browser, data
from documents import LOGIN, LOGIN_WITH_LINK, LOGOUT, REQUEST_LOGIN_LINK
from held_factors import add_phone
from log_lines import LogLines
from mailed_links import ADA
from people import PASSWORD, begin
from rows import everything, user_row
from sent_mail import mails_to, token_to
from starlette.applications import Starlette

from authberry import Auth
from authberry.models import RefreshToken, User

CHANGED = "Your password for 127.0.0.1:8000 was changed"


@pytest.fixture
async def app(make_app: MakeApp) -> Starlette:
    """One in which people are told of what becomes of their accounts."""
    return await make_app(security_notices=True)


@pytest.fixture
async def ada(auth: Auth) -> User:
    """An account with a password, whose address nobody has proved."""
    return await person(auth, ADA, "Ada")


async def open_link(
    auth: Auth, browser: Browser, headers: dict[str, str | None] | None = None
) -> str:
    """Have a link mailed to Ada and open it; returns what that has come to."""
    await browser.ask(REQUEST_LOGIN_LINK, {"email": ADA}, headers=headers)
    token = await token_to(auth, ADA)
    answer = data(await browser.ask(LOGIN_WITH_LINK, {"token": token}, headers=headers))
    return str(answer["__typename"])


async def subjects(auth: Auth) -> list[str]:
    """What Ada was told, beside the links."""
    told = [mail["Subject"] for mail in await mails_to(auth, ADA)]
    return [subject for subject in told if not subject.startswith("Your link")]


@pytest.mark.parametrize("headers", [{}, {"Origin": None}], ids=["browser", "program"])
async def test_nothing_is_left_of_what_was_set_up_before(
    auth: Auth, browser: Browser, ada: User, log: LogLines, headers: dict[str, str | None]
) -> None:
    """Whoever made the account may wait for its owner; who is told what has become of it."""
    await begin(auth, ada)
    log.start()

    assert await open_link(auth, browser, headers) == "AuthPayload"

    row = await user_row(auth, ada)
    assert (row["email_verified"], row["password_hash"]) == (True, None)
    sessions = (await everything(auth))["RefreshToken"]
    ended = {one["revoked_reason"] for one in sessions if one["revoked_at"]}
    assert (len(sessions), ended) == (2, {"account handed over"})
    assert await subjects(auth) == [CHANGED]
    assert "account_handed_over" in [event["event"] for event in log.events]


async def test_in_a_browser_that_is_logged_in_all_stays_as_it_is(
    auth: Auth, browser: Browser, ada: User
) -> None:
    """Whoever reads the mail there is who knew the password."""
    login = data(await browser.ask(LOGIN, email=ADA, password=PASSWORD))
    assert login["__typename"] == "AuthPayload"
    assert await open_link(auth, browser) == "AuthPayload"
    row = await user_row(auth, ada)
    assert (row["email_verified"], row["password_hash"]) == (True, ada.password_hash)
    sessions = (await everything(auth))["RefreshToken"]
    assert [one["revoked_at"] for one in sessions] == [None, None]
    assert CHANGED not in await subjects(auth)


@pytest.mark.parametrize("left", ["logged out", "ended", "another account"])
async def test_a_browser_that_is_not_logged_in_to_it_proves_nothing(
    auth: Auth, browser: Browser, ada: User, left: str
) -> None:
    """Whoever had the address before may have left, and somebody else have made the account."""
    await person(auth, "mallory@example.com")
    email = "mallory@example.com" if left == "another account" else ADA
    assert data(await browser.ask(LOGIN, email=email, password=PASSWORD))
    if left == "logged out":
        await browser.ask(LOGOUT)
    if left == "ended":
        with auth.database.use():
            await RefreshToken.all().update(revoked_at=auth.clock.now())
    assert await open_link(auth, browser) == "AuthPayload"
    assert (await user_row(auth, ada))["password_hash"] is None


async def test_a_second_factor_is_asked_for_and_until_then_nobody_has_proved_anything(
    auth: Auth, browser: Browser, ada: User
) -> None:
    """Else a stranger's account would have the address for proved."""
    await add_phone(auth, ada)
    before = await user_row(auth, ada)
    assert await open_link(auth, browser) == "SecondFactorRequired"
    assert await user_row(auth, ada) == before
    assert (await everything(auth))["RefreshToken"] == []


async def test_only_the_first_proof_takes_anything_away(
    auth: Auth, browser: Browser, app: Starlette, ada: User
) -> None:
    """Whoever has proved the address logs in by a link, wherever, and keeps the password."""
    with auth.database.use():
        await User.filter(id=ada.id).update(email_verified=True)
    assert await open_link(auth, Browser(app)) == "AuthPayload"
    assert (await user_row(auth, ada))["password_hash"] == ada.password_hash

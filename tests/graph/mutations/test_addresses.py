"""Which address is whose: looked up in any form, compared by its key, given by a rule."""

from uuid import uuid4

import pytest
from apps import MakeApp, person
from browser import Browser, data
from documents import (
    LOGIN,
    ME,
    REGISTER,
    REQUEST_EMAIL_CHANGE,
    REQUEST_LOGIN_LINK,
    REQUEST_PASSWORD_RESET,
    UNDO_EMAIL_CHANGE,
)
from mailed_links import change_address
from people import BROWSER, PASSWORD, begin
from rows import everything
from sent_mail import mails, mails_to

from authberry import Auth
from authberry.address_keys import write_keys
from authberry.models import User

UPPER, LOWER, FINAL = "\u03a3\u03a3@x.org", "\u03c3\u03c3@x.org", "\u03c3\u03c2@x.org"
WIDE, PLAIN = "\uff42\uff4f\uff42@x.org", "bob@x.org"
FOREIGN = ["bob@corp.local", "bob@localhost", "bob@home.arpa", "bob@[127.0.0.1]", "BOB@Corp.LAN"]
NOT_PUBLIC = "Accounts here need an e-mail address on the public internet; this one is not."
pairs = pytest.mark.parametrize(
    ("first", "second"), [(UPPER, LOWER), (LOWER, UPPER), (WIDE, PLAIN), (PLAIN, WIDE)]
)


async def imported(auth: Auth, email: str) -> User:
    """Somebody whose row another program has written, as it pleased, and who knows a password."""
    with auth.database.use():
        user = await User.create(id=uuid4(), email=email, created_at=auth.clock.now())
    await auth.accounts.password_changes.set(user, PASSWORD, BROWSER)
    return user


@pytest.mark.parametrize("email", FOREIGN)
async def test_an_address_of_any_form_is_found(make_app: MakeApp, email: str) -> None:
    """Also where no account could be made with it: to log in, by mail, and by the operator."""
    app = await make_app(email_domains="public")
    auth: Auth = app.state.auth
    user = await imported(auth, email)
    await write_keys(auth.database)
    browser = Browser(app)
    answer = data(await browser.ask(LOGIN, email=email, password=PASSWORD, transport="BODY"))
    assert answer["__typename"] == "AuthPayload"
    assert data(await browser.ask(ME, token=answer["accessToken"]))["id"] == str(user.id)
    for request in (REQUEST_PASSWORD_RESET, REQUEST_LOGIN_LINK):
        assert data(await browser.ask(request, email=email)) == {"ok": True}
        await mails(auth)
    assert len(await mails_to(auth, email)) == 2
    found = await auth.accounts.find(email)
    assert found is not None
    assert found.id == user.id


@pytest.mark.parametrize("email", FOREIGN)
async def test_an_account_is_given_an_address_that_the_setting_takes(
    make_app: MakeApp, email: str
) -> None:
    """To register, to change an address, and by the operator; in development any."""
    app = await make_app(email_domains="public")
    auth: Auth = app.state.auth
    ada, browser = await person(auth, "ada@example.com"), Browser(app)
    token = (await begin(auth, ada)).access_token.value
    before = await everything(auth)
    for field, answer in (
        ("email", data(await browser.ask(REGISTER, email=email, password=PASSWORD))),
        (
            "newEmail",
            data(
                await browser.ask(
                    REQUEST_EMAIL_CHANGE, newEmail=email, password=PASSWORD, token=token
                )
            ),
        ),
    ):
        assert answer == {
            "__typename": "InvalidInput",
            "code": "INVALID_INPUT",
            "message": NOT_PUBLIC,
            "field": field,
        }
    assert await everything(auth) == before
    other = Browser(await make_app())
    registered = data(await other.ask(REGISTER, email=email, password=PASSWORD))
    assert registered["__typename"] == "AuthPayload"


async def test_what_is_no_address_is_answered_like_a_stranger_s(
    auth: Auth, browser: Browser
) -> None:
    """By whatever looks an address up; and no mail is sent."""
    for garbage in ("", "ada", "a@b@c", "a\0@x.org", "a\ud800@x.org", "a" * 5000):
        assert data(await browser.ask(REQUEST_PASSWORD_RESET, email=garbage)) == {"ok": True}
        answer = data(await browser.ask(LOGIN, email=garbage, password=PASSWORD))
        assert answer["code"] == "INVALID_CREDENTIALS"
    assert await mails(auth) == []


@pairs
async def test_two_spellings_of_an_address_are_one_account(
    auth: Auth, browser: Browser, first: str, second: str
) -> None:
    """Whoever is second is told that it is taken; either spelling logs in, and gets the mail."""
    registered = data(await browser.ask(REGISTER, email=first, password=PASSWORD))
    again = data(await browser.ask(REGISTER, email=second, password=PASSWORD))
    assert again["__typename"] == "EmailTaken"
    (row,) = (await everything(auth))["User"]
    for spelling in (first, second):
        answer = data(await browser.ask(LOGIN, email=spelling, password=PASSWORD))
        assert answer["user"]["id"] == registered["user"]["id"]
        await browser.ask(REQUEST_PASSWORD_RESET, email=spelling)
        await mails(auth)
    assert len(await mails_to(auth, row["email"])) == 2


@pairs
async def test_an_address_is_one_account_s_also_where_nobody_is_told(
    make_app: MakeApp, first: str, second: str
) -> None:
    """The second is answered like the first, and its owner is told by mail."""
    app = await make_app(email_verification="required")
    auth: Auth = app.state.auth
    for email in (first, second):
        answer = data(await Browser(app).ask(REGISTER, email=email, password=PASSWORD))
        assert answer["__typename"] == "EmailSent"
    sent = await mails(auth)
    assert len((await everything(auth))["User"]) == 1
    assert len({mail["To"] for mail in sent}) == 1
    assert len(sent) == 2


async def test_a_former_address_is_kept_in_every_spelling(auth: Auth, browser: Browser) -> None:
    """Else whoever stole an account could register another spelling, and the link would fail."""
    sigma = await person(auth, FINAL)
    undo = await change_address(auth, browser, sigma)
    for spelling in (UPPER, LOWER, FINAL):
        answer = data(await browser.ask(REGISTER, email=spelling, password=PASSWORD))
        assert answer["__typename"] == "EmailTaken"
    restored = data(await browser.ask(UNDO_EMAIL_CHANGE, {"token": undo}))
    assert restored["user"]["email"] == FINAL


async def test_accounts_that_have_one_address_go_on_as_two(auth: Auth, browser: Browser) -> None:
    """Each is found by its own spelling, before and after keys are written; none is changed."""
    wide, plain = await imported(auth, WIDE), await imported(auth, PLAIN)
    for written in range(2):
        for email, user in ((WIDE, wide), (PLAIN, plain)):
            answer = data(await browser.ask(LOGIN, email=email, password=PASSWORD))
            assert answer["user"]["id"] == str(user.id), written
            await browser.ask(REQUEST_PASSWORD_RESET, email=email)
            await mails(auth)
        before = (await everything(auth))["User"]
        keys = await write_keys(auth.database)
        assert keys.written == 0
        assert [(one.without.id, one.owner.id) for one in keys.conflicts] == [(wide.id, plain.id)]
        assert (await everything(auth))["User"] == before
    assert len(await mails_to(auth, WIDE)) == 2


async def test_keys_are_written_once_and_a_page_at_a_time(
    auth: Auth, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of every row that needs one and of no other; what the release before left is put right."""
    monkeypatch.setattr("authberry.address_keys.PAGE", 2)
    users = [await imported(auth, f"\u03c3\u03c2{number}@x.org") for number in range(3)]
    sigmas = [await imported(auth, f"{number}\u03c3\u03c2@x.org") for number in range(3)]
    await imported(auth, "ada@x.org")
    with auth.database.use():
        await User.filter(id=users[0].id).update(email="moved@x.org", email_key="stale@x.org")
    assert (await write_keys(auth.database)).written == 6
    assert (await write_keys(auth.database)).written == 0
    keys = {row["email"]: row["email_key"] for row in (await everything(auth))["User"]}
    assert keys == {
        "moved@x.org": None,
        "ada@x.org": None,
        **{f"\u03c3\u03c2{number}@x.org": f"\u03c3\u03c3{number}@x.org" for number in (1, 2)},
        **{f"{number}\u03c3\u03c2@x.org": f"{number}\u03c3\u03c3@x.org" for number in range(3)},
    }
    answer = data(await browser.ask(LOGIN, email="0\u03a3\u03a3@x.org", password=PASSWORD))
    assert answer["user"]["id"] == str(sigmas[0].id)

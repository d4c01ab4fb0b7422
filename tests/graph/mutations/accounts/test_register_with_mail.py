"""`register` where addresses are proved: at leisure, or before anybody is logged in."""

import asyncio
from collections import Counter

import httpx
import pytest
from apps import MakeApp, person
from browser import Browser, data
from documents import LOGIN, REGISTER, RESET_PASSWORD, VERIFY_EMAIL
from log_lines import LogLines
from mailed_links import ADA, NEW_PASSWORD
from people import PASSWORD
from rows import everything, user_row
from sent_mail import everything_when_idle, link_to, mails, mails_to, subjects, token_to
from starlette.applications import Starlette

from authberry import Auth
from authberry.models import User

GRACE = {"email": "grace@example.com", "password": PASSWORD, "name": "Grace"}
SENT = {"__typename": "EmailSent"}


@pytest.fixture
async def required(make_app: MakeApp) -> Starlette:
    """An application where nobody logs in before the address is proved."""
    return await make_app(email_verification="required")


async def test_where_it_is_optional_registering_logs_in_and_mails_a_link(
    make_app: MakeApp,
) -> None:
    """The order is written with the account; the link proves the address."""
    app = await make_app(email_verification="optional")
    auth: Auth = app.state.auth
    browser = Browser(app)
    answer = data(await browser.ask(REGISTER, GRACE))
    assert answer["__typename"] == "AuthPayload"
    assert answer["user"]["emailVerified"] is False
    assert subjects(await mails(auth)) == ["Confirm your e-mail address for 127.0.0.1:8000"]
    token = await token_to(auth, "grace@example.com")
    assert data(await browser.ask(VERIFY_EMAIL, {"token": token}))["user"]["emailVerified"] is True


async def test_where_it_is_optional_a_taken_address_is_told_and_costs_no_mail(
    make_app: MakeApp,
) -> None:
    """As without mail: the owner's mailbox and budget are left alone."""
    app = await make_app(email_verification="optional", mail_attempts_per_account="1/hour")
    auth: Auth = app.state.auth
    await person(auth, ADA)
    before = await everything_when_idle(auth)
    for _ in range(3):
        answer = data(await Browser(app).ask(REGISTER, email=ADA, password=PASSWORD))
        assert answer["__typename"] == "EmailTaken"
    assert await everything(auth) == before
    assert await mails(auth) == []


async def test_without_verification_no_mail_is_sent(auth: Auth, browser: Browser) -> None:
    """And no order for one is written."""
    assert data(await browser.ask(REGISTER, GRACE))["__typename"] == "AuthPayload"
    assert await mails(auth) == []


async def test_where_it_is_required_a_new_address_gets_a_link_and_nobody_a_session(
    required: Starlette,
) -> None:
    """The account is there, with its password, and waits for the link."""
    auth: Auth = required.state.auth
    browser = Browser(required)
    response = await browser.ask(REGISTER, GRACE)
    assert data(response) == SENT
    assert "set-cookie" not in response.headers
    rows = await everything(auth)
    assert rows["RefreshToken"] == []
    (row,) = rows["User"]
    assert (row["email"], row["name"], row["roles"]) == ("grace@example.com", "Grace", [])
    assert (row["email_verified"], row["created_at"]) == (False, auth.clock.now())
    await browser.ask(VERIFY_EMAIL, {"token": await token_to(auth, "grace@example.com")})
    answer = data(await browser.ask(LOGIN, email="grace@example.com", password=PASSWORD))
    assert answer["user"]["name"] == "Grace"


async def test_where_it_is_required_new_and_known_are_answered_alike_to_the_byte(
    required: Starlette,
) -> None:
    """Proved, unproved, disabled or not there: nobody can tell which."""
    auth: Auth = required.state.auth
    for name in ("proved", "unproved", "gone"):
        await person(auth, f"{name}@example.com")
    with auth.database.use():
        await User.filter(email="proved@example.com").update(email_verified=True)
        await User.filter(email="gone@example.com").update(disabled_at=auth.clock.now())
    before = (await everything(auth))["User"]

    responses = [
        await Browser(required).ask(REGISTER, {**GRACE, "email": f"{name}@example.com"})
        for name in ("new", "proved", "unproved", "gone")
    ]

    assert data(responses[0]) == SENT
    assert len({_bytes(response) for response in responses}) == 1
    after = (await everything(auth))["User"]
    assert [row for row in after if row["email"] != "new@example.com"] == before
    told = {mail["To"]: mail["Subject"] for mail in await mails(auth)}
    assert told == {
        "new@example.com": "Confirm your e-mail address for 127.0.0.1:8000",
        "proved@example.com": "You already have an account at 127.0.0.1:8000",
        "unproved@example.com": "You already have an account at 127.0.0.1:8000",
    }


async def test_an_account_that_a_stranger_made_beforehand_is_its_owner_s(
    required: Starlette,
) -> None:
    """Registering again mails a link that replaces the stranger's password (pre-hijacking)."""
    auth: Auth = required.state.auth
    stranger, owner = Browser(required, address="203.0.113.9"), Browser(required)
    await stranger.ask(REGISTER, {**GRACE, "password": "the stranger's own phrase"})
    assert "/account/verify#token=" in await link_to(auth, "grace@example.com")
    assert data(await owner.ask(REGISTER, GRACE)) == SENT
    assert "/account/reset#token=" in await link_to(auth, "grace@example.com")

    token = await token_to(auth, "grace@example.com")
    await owner.ask(RESET_PASSWORD, {"token": token, "newPassword": NEW_PASSWORD})

    mine = await owner.ask(LOGIN, email="grace@example.com", password=NEW_PASSWORD)
    theirs = await stranger.ask(
        LOGIN, email="grace@example.com", password="the stranger's own phrase"
    )
    assert data(mine)["user"]["emailVerified"] is True
    assert data(theirs)["code"] == "INVALID_CREDENTIALS"


async def test_registering_again_changes_nothing_of_an_account(required: Starlette) -> None:
    """Neither password nor name; the owner is told by a mail."""
    auth: Auth = required.state.auth
    ada = await person(auth, ADA, "Ada")
    before = await user_row(auth, ada)
    await Browser(required).ask(REGISTER, {**GRACE, "email": " ADA@Example.com"})
    assert await user_row(auth, ada) == before
    assert len(await mails_to(auth, ADA)) == 1


async def test_ten_who_register_one_address_at_once_make_one_account(required: Starlette) -> None:
    """All of them are answered alike; one mail proves, and nine tell."""
    auth: Auth = required.state.auth
    browser = Browser(required)
    responses = await asyncio.gather(*(browser.ask(REGISTER, GRACE) for _ in range(10)))
    assert [data(response) for response in responses] == [SENT] * 10
    assert len((await everything(auth))["User"]) == 1
    told = Counter(subjects(await mails(auth)))
    assert sorted(told.values()) == [1, 9]


REFUSED = [
    ({"email": "nobody"}, "InvalidInput"),
    ({"name": "a\0b"}, "InvalidInput"),
    ({"password": "short"}, "WeakPassword"),
    ({"password": "a\0bcdefgh"}, "InvalidInput"),
]


@pytest.mark.parametrize(("changes", "kind"), REFUSED)
async def test_what_can_be_refused_without_a_look_at_accounts_is(
    required: Starlette, changes: dict[str, str], kind: str
) -> None:
    """For a new and for a known address alike; nothing is written or mailed."""
    auth: Auth = required.state.auth
    await person(auth, ADA)
    before = await everything_when_idle(auth)
    for email in ("grace@example.com", ADA):
        answer = data(await Browser(required).ask(REGISTER, {**GRACE, "email": email, **changes}))
        assert answer["__typename"] == kind
    assert await everything(auth) == before


async def test_nobody_s_mailbox_is_filled_by_registering(make_app: MakeApp) -> None:
    """So many mails to an address, and so many from a network; known and new are counted alike."""
    app = await make_app(
        email_verification="required",
        mail_attempts_per_account="4/hour",
        mail_attempts_per_address="5/hour",
    )
    auth: Auth = app.state.auth
    await person(auth, ADA)
    answers: list[list[str]] = []
    for email in (ADA, "grace@example.com"):
        browser = Browser(app, address=f"198.51.100.{len(answers)}")
        responses = [await browser.ask(REGISTER, {**GRACE, "email": email}) for _ in range(3)]
        answers.append([data(response)["__typename"] for response in responses])
        assert 3000 < int(responses[-1].headers["retry-after"]) <= 3600
    assert answers == [["EmailSent", "EmailSent", "TooManyAttempts"]] * 2
    browser = Browser(app, address="203.0.113.9")
    kinds = [
        data(await browser.ask(REGISTER, {**GRACE, "email": f"{number}@example.com"}))["__typename"]
        for number in range(6)
    ]
    assert kinds == ["EmailSent"] * 5 + ["TooManyAttempts"]
    assert len(await mails(auth)) == 9


async def test_registering_is_one_event_either_way(required: Starlette, log: LogLines) -> None:
    """The log knows whether there was somebody; the client does not."""
    auth: Auth = required.state.auth
    await person(auth, ADA)
    log.start()
    await Browser(required).ask(REGISTER, GRACE)
    await Browser(required).ask(REGISTER, {**GRACE, "email": ADA})
    events = [event for event in log.events if event["event"] != "mail_sent"]
    (grace,) = [row for row in (await everything(auth))["User"] if row["name"] == "Grace"]
    where = {"level": "info", "address": "192.0.2.1"}
    assert events == [
        {"event": "registered", "user_id": str(grace["id"]), **where},
        {"event": "mail_requested", "reason": "already_registered", **where},
    ]


def _bytes(response: httpx.Response) -> tuple[object, ...]:
    headers = [pair for pair in response.headers.raw if pair[0].lower() != b"x-request-id"]
    return (response.status_code, tuple(headers), response.content)

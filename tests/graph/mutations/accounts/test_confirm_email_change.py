"""`confirmEmailChange` and `undoEmailChange`: an address is taken, told, and taken back."""

import asyncio
from collections import Counter
from unittest.mock import AsyncMock
from uuid import uuid4

import pytest
from apps import MakeApp, person
from browser import Browser, data, set_cookies
from documents import (
    CONFIRM_EMAIL_CHANGE,
    LOGIN,
    ME,
    REFRESH_TOKEN,
    REGISTER,
    RESET_PASSWORD,
    UNDO_EMAIL_CHANGE,
)
from frozen_clock import NOON, FrozenClock
from log_lines import LogLines
from mailed_links import (
    ADA,
    NEW,
    NEW_PASSWORD,
    REFUSED,
    ask_to_change,
    asked_to_change,
    change_address,
)
from people import BROWSER, PASSWORD, begin
from rows import changes, everything, session_row, user_row
from sent_mail import everything_when_idle, link_to, mails, mails_to, text_of, token_to

from authberry import Auth, Issued
from authberry.accounts.reserved_addresses import ReservedAddresses
from authberry.errors import EmailTaken
from authberry.mail.rendering import MailKind
from authberry.models import OneTimeToken, OutboxMessage, User
from authberry.settings import LinkPurpose

BOB = "bob@example.com"
WHERE = {"address": "192.0.2.1"}


async def test_the_link_changes_the_address_and_proves_it(
    auth: Auth, browser: Browser, ada: User, in_browser: Issued
) -> None:
    """Sessions go on, the password stays, and nobody is logged in by it."""
    token = await ask_to_change(auth, browser, ada)
    before, session = await user_row(auth, ada), await session_row(auth, in_browser)
    response = await browser.ask(CONFIRM_EMAIL_CHANGE, {"token": token})
    assert data(response) == {
        "__typename": "EmailVerified",
        "user": {"id": str(ada.id), "email": NEW, "emailVerified": True},
    }
    assert set_cookies(response) == []
    assert changes(before, await user_row(auth, ada)) == {"email": NEW, "email_verified": True}
    assert await session_row(auth, in_browser) == session
    assert data(await browser.ask(LOGIN, email=NEW, password=PASSWORD))["user"]["email"] == NEW
    old = data(await browser.ask(LOGIN, email=ADA, password=PASSWORD))
    assert old["code"] == "INVALID_CREDENTIALS"


async def test_the_old_address_is_told_and_can_undo_it(
    auth: Auth, browser: Browser, ada: User
) -> None:
    """With both addresses and when; the link is good for a week."""
    await change_address(auth, browser, ada)
    (mail,) = await mails_to(auth, ADA)
    text = text_of(mail)
    assert ADA in text
    assert NEW in text
    assert "/account/undo-email#token=" in await link_to(auth, ADA)
    links = (await everything(auth))["OneTimeToken"]
    (row,) = (link for link in links if link["purpose"] == "undo_email_change")
    assert (row["purpose"], row["email"]) == ("undo_email_change", ADA)
    assert (row["expires_at"] - NOON).days == 7


async def test_undoing_shuts_out_whoever_changed_it(
    auth: Auth, browser: Browser, ada: User, in_browser: Issued
) -> None:
    """Address back, every session over, and the password that the thief knew is none any more."""
    token = await change_address(auth, browser, ada)
    thief = await begin(auth, ada)
    before = await user_row(auth, ada)

    response = await browser.ask(UNDO_EMAIL_CHANGE, {"token": token})

    assert data(response) == {
        "__typename": "EmailVerified",
        "user": {"id": str(ada.id), "email": ADA, "emailVerified": True},
    }
    assert changes(before, await user_row(auth, ada)) == {"email": ADA, "password_hash": None}
    for session in (thief, in_browser):
        row = await session_row(auth, session)
        assert row["revoked_reason"] == "email change undone"
    me = await browser.ask(ME, token=thief.access_token.value)
    assert me.json()["errors"][0]["extensions"]["reason"] == "SESSION_REVOKED"
    refreshed = await browser.ask(REFRESH_TOKEN, refreshToken=thief.refresh_token)
    assert data(refreshed)["code"] == "SESSION_REVOKED"
    for email in (ADA, NEW):
        answer = data(await browser.ask(LOGIN, email=email, password=PASSWORD))
        assert answer["code"] == "INVALID_CREDENTIALS"


async def test_after_undoing_the_owner_sets_a_password_by_mail(
    auth: Auth, browser: Browser, ada: User
) -> None:
    """The link for it comes by itself."""
    token = await change_address(auth, browser, ada)
    await browser.ask(UNDO_EMAIL_CHANGE, {"token": token})
    reset = await token_to(auth, ADA)
    assert "/account/reset#" in await link_to(auth, ADA)
    await browser.ask(RESET_PASSWORD, {"token": reset, "newPassword": NEW_PASSWORD})
    answer = data(await browser.ask(LOGIN, email=ADA, password=NEW_PASSWORD))
    assert answer["user"]["id"] == str(ada.id)


async def test_a_thief_who_changes_it_twice_gains_nothing(
    auth: Auth, browser: Browser, ada: User, clock: FrozenClock
) -> None:
    """The first link still undoes, and voids the one that the thief was mailed."""
    owners = await change_address(auth, browser, ada, "thief@example.com")
    clock.tick(60)
    thiefs = await change_address(auth, browser, ada, "second@example.com")
    clock.tick(60)

    answer = data(await browser.ask(UNDO_EMAIL_CHANGE, {"token": owners}))

    assert answer["user"]["email"] == ADA
    before = await everything_when_idle(auth)
    assert data(await browser.ask(UNDO_EMAIL_CHANGE, {"token": thiefs})) == REFUSED
    assert await everything(auth) == before


async def test_a_thief_who_undoes_their_own_change_does_not_void_the_owner_s_link(
    auth: Auth, browser: Browser, ada: User, clock: FrozenClock
) -> None:
    """What undoes an earlier change outlives the undoing of a later one."""
    owners = await change_address(auth, browser, ada, "thief@example.com")
    clock.tick(60)
    thiefs = await change_address(auth, browser, ada, "second@example.com")
    answer = data(await browser.ask(UNDO_EMAIL_CHANGE, {"token": thiefs}))
    assert answer["user"]["email"] == "thief@example.com"
    answer = data(await browser.ask(UNDO_EMAIL_CHANGE, {"token": owners}))
    assert answer["user"]["email"] == ADA


async def test_a_notice_that_is_late_does_not_let_the_thief_undo_the_undoing(
    auth: Auth, browser: Browser, ada: User, clock: FrozenClock
) -> None:
    """The mail to the thief's address waited, and was sent after the owner had undone it all."""
    owners = await change_address(auth, browser, ada, "thief@example.com")
    clock.tick(60)
    with auth.database.use():
        await User.filter(id=ada.id).update(email="second@example.com")
        thief = await auth.links.tokens.issue(
            await User.get(id=ada.id), LinkPurpose.UNDO_EMAIL_CHANGE, email="thief@example.com"
        )
        await auth.outbox.put(
            MailKind.EMAIL_CHANGED,
            "thief@example.com",
            BROWSER,
            token=thief,
            new_email="second@example.com",
            at=clock.now().isoformat(),
        )
        waiting = await OutboxMessage.all().count()
    assert waiting == 1
    await browser.ask(UNDO_EMAIL_CHANGE, {"token": owners})
    told = [mail["Subject"] for mail in await mails_to(auth, "thief@example.com")]
    assert len(told) == 1  # that of the beginning, which asked to confirm


async def test_an_address_that_somebody_has_by_then_is_not_taken_back(
    auth: Auth, browser: Browser, ada: User
) -> None:
    """Through a server of the release before. Everything stays as it is, and the link too."""
    token = await change_address(auth, browser, ada)
    with auth.database.use():
        await User.create(id=uuid4(), email=ADA, roles=[], created_at=NOON)
    before = await everything_when_idle(auth)
    answer = data(await browser.ask(UNDO_EMAIL_CHANGE, {"token": token}))
    assert answer["code"] == "EMAIL_TAKEN"
    assert await everything(auth) == before


@pytest.mark.parametrize("mode", ["off", "optional", "required"])
async def test_what_can_be_given_back_is_nobody_else_s(
    make_app: MakeApp, clock: FrozenClock, mode: str
) -> None:
    """Neither by registering nor by a change of address, until the link that undoes is over."""
    app = await make_app(email_verification=mode, undo_link_ttl=3600)
    auth: Auth = app.state.auth
    ada, bob, browser = await person(auth, ADA), await person(auth, BOB), Browser(app)
    with auth.database.use():
        await User.all().update(email_verified=True)
    bobs = await ask_to_change(auth, browser, bob, "bobs@example.com")
    await change_address(auth, browser, ada)
    with auth.database.use():
        await OneTimeToken.filter(email="bobs@example.com").update(email=ADA)
    before = await everything_when_idle(auth)

    new = {"email": ADA, "password": NEW_PASSWORD}
    answer = data(await browser.ask(REGISTER, new))
    assert answer["__typename"] == ("EmailSent" if mode == "required" else "EmailTaken")
    assert data(await browser.ask(CONFIRM_EMAIL_CHANGE, {"token": bobs}))["code"] == "EMAIL_TAKEN"
    with pytest.raises(EmailTaken):
        await auth.accounts.create(ADA, None)
    written = len(await mails(auth))
    assert await everything(auth) == before
    await asked_to_change(auth, browser, bob, ADA)
    assert len(await mails(auth)) == written

    clock.tick(3601)
    answer = data(await browser.ask(REGISTER, new))
    assert answer["__typename"] == ("EmailSent" if mode == "required" else "AuthPayload")
    assert ADA in [row["email"] for row in (await everything(auth))["User"]]


async def test_its_owner_may_change_back(auth: Auth, browser: Browser, ada: User) -> None:
    """The address is kept for nobody else."""
    await change_address(auth, browser, ada)
    await change_address(auth, browser, ada, ADA)


async def test_nobody_registers_an_address_in_the_moment_it_is_given_up(
    auth: Auth, browser: Browser, ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even if the first look, before the hash, is too early to see it."""
    monkeypatch.setattr(ReservedAddresses, "refuse_taken", AsyncMock())
    token = await ask_to_change(auth, browser, ada)
    change = asyncio.create_task(browser.ask(CONFIRM_EMAIL_CHANGE, {"token": token}))
    answers = []
    while not change.done():
        answers.append(await browser.ask(REGISTER, email=ADA, password=NEW_PASSWORD))
    assert data(await change)["user"]["email"] == NEW
    assert {data(answer)["__typename"] for answer in answers} == {"EmailTaken"}


async def test_of_two_who_want_one_address_one_gets_it(
    auth: Auth, browser: Browser, ada: User
) -> None:
    """At once, on two servers: the unique index decides."""
    bob = await person(auth, "bob@example.com")
    tokens = [await ask_to_change(auth, browser, user) for user in (ada, bob)]
    answers = await asyncio.gather(
        *(browser.ask(CONFIRM_EMAIL_CHANGE, {"token": token}) for token in tokens)
    )
    kinds = Counter(data(answer)["__typename"] for answer in answers)
    assert kinds == {"EmailVerified": 1, "EmailTaken": 1}
    emails = [row["email"] for row in (await everything(auth))["User"]]
    assert emails.count(NEW) == 1


@pytest.mark.parametrize(("mode", "is_verified", "is_told"), [
    ("off", False, True), ("optional", False, False), ("optional", True, True),
    ("required", True, True),
])  # fmt: skip
async def test_an_address_that_was_never_proved_is_not_told_where_addresses_are(
    make_app: MakeApp, mode: str, *, is_verified: bool, is_told: bool
) -> None:
    """It may be a stranger's, mistyped, and the link would hand the account over to them."""
    app = await make_app(email_verification=mode)
    auth: Auth = app.state.auth
    ada, browser = await person(auth, ADA), Browser(app)
    with auth.database.use():
        await User.filter(id=ada.id).update(email_verified=is_verified)
    token = await ask_to_change(auth, browser, ada)
    await browser.ask(CONFIRM_EMAIL_CHANGE, {"token": token})
    assert [mail["To"] for mail in await mails(auth)] == [NEW, *([ADA] if is_told else [])]
    links = (await everything(auth))["OneTimeToken"]
    assert len([link for link in links if link["purpose"] == "undo_email_change"]) == is_told


async def test_asking_changing_and_undoing_are_an_event_each(
    auth: Auth, browser: Browser, ada: User, log: LogLines
) -> None:
    """Beside those of the mails."""
    log.start()
    token = await change_address(auth, browser, ada)
    await browser.ask(UNDO_EMAIL_CHANGE, {"token": token})
    await mails(auth)
    events = [event for event in log.events if event["event"] != "mail_sent"]
    session_id = events[0].pop("session_id")
    assert session_id
    who = {"user_id": str(ada.id), **WHERE}
    assert events == [
        {"event": "email_change_requested", "level": "info", **who},
        {"event": "email_changed", "level": "warning", **who},
        {"event": "email_change_undone", "level": "warning", **who},
    ]
    assert Counter(
        event["reason"] for event in log.events if event["event"] == "mail_sent"
    ) == Counter(["confirm_email_change", "email_changed", "reset_password"])

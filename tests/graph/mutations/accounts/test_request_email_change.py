"""`requestEmailChange`: the password is proved, and a link goes to the new address."""

import pytest
from apps import MakeApp, person
from browser import Browser, data, errors
from documents import CONFIRM_EMAIL_CHANGE, REQUEST_EMAIL_CHANGE
from frozen_clock import FrozenClock
from log_lines import LogLines
from mailed_links import ADA, NEW
from people import BROWSER, PASSWORD, begin
from rows import everything, user_row
from sent_mail import everything_when_idle, mails, mails_to, subjects, token_to

from authberry import Auth, Issued
from authberry.links.one_time_tokens import basis
from authberry.mail.rendering import MailKind
from authberry.models import User

CHANGE = {"newEmail": NEW, "password": PASSWORD}
SENT = {"__typename": "EmailSent", "ok": True}


async def test_a_link_goes_to_the_new_address_and_nothing_else_changes(
    auth: Auth, browser: Browser, issued: Issued
) -> None:
    """The old address is told once it has been changed, not before: the asker is known."""
    before = await user_row(auth, issued.user)
    wanted = {**CHANGE, "newEmail": " New@Example.COM "}
    response = await browser.ask(REQUEST_EMAIL_CHANGE, wanted, token=issued.access_token.value)
    assert data(response) == SENT
    sent = await mails(auth)
    assert [mail["To"] for mail in sent] == [NEW]
    assert await user_row(auth, issued.user) == before
    (row,) = (await everything(auth))["OneTimeToken"]
    assert (row["purpose"], row["email"]) == ("confirm_email_change", NEW)


async def test_the_wrong_password_sends_nothing(
    auth: Auth, browser: Browser, issued: Issued, log: LogLines
) -> None:
    """A session found open in a browser does not take an account over."""
    before = await everything_when_idle(auth)
    log.start()
    answer = data(
        await browser.ask(
            REQUEST_EMAIL_CHANGE,
            {**CHANGE, "password": "wrong"},
            token=issued.access_token.value,
        )
    )
    assert answer == {
        "__typename": "InvalidCredentials",
        "code": "INVALID_CREDENTIALS",
        "message": "The e-mail address or the password is wrong.",
    }
    assert await everything(auth) == before
    assert log.events == [
        {
            "event": "proof_failed",
            "level": "warning",
            "user_id": str(issued.user.id),
            "session_id": str(issued.session.id),
            "address": "192.0.2.1",
        }
    ]


@pytest.mark.parametrize(
    ("email", "message"),
    [
        ("nobody", "This is not an e-mail address."),
        ("a\0@example.com", "This is not an e-mail address."),
        ("ADA@example.com", "This is your e-mail address already."),
    ],
)
async def test_what_is_no_new_address_is_refused(
    auth: Auth, browser: Browser, issued: Issued, email: str, message: str
) -> None:
    """By the name of the argument."""
    before = await everything_when_idle(auth)
    wanted = {**CHANGE, "newEmail": email}
    answer = data(await browser.ask(REQUEST_EMAIL_CHANGE, wanted, token=issued.access_token.value))
    assert answer == {
        "__typename": "InvalidInput",
        "code": "INVALID_INPUT",
        "message": message,
        "field": "newEmail",
    }
    assert await everything(auth) == before


async def test_an_address_that_somebody_has_is_answered_the_same(
    auth: Auth, browser: Browser, issued: Issued
) -> None:
    """And its owner is not bothered: anybody could have them written to otherwise."""
    await person(auth, "bob@example.com")
    for email in ("bob@example.com", "nobody@example.com"):
        wanted = {**CHANGE, "newEmail": email}
        response = await browser.ask(REQUEST_EMAIL_CHANGE, wanted, token=issued.access_token.value)
        assert data(response) == SENT
    assert [mail["To"] for mail in await mails(auth)] == ["nobody@example.com"]


async def test_guessing_here_is_counted(make_app: MakeApp) -> None:
    """An access token buys as many guesses as a login."""
    app = await make_app(login_attempts="3/15minutes")
    auth: Auth = app.state.auth
    session = await begin(auth, await person(auth, ADA))
    browser, token = Browser(app), session.access_token.value
    for _ in range(3):
        await browser.ask(REQUEST_EMAIL_CHANGE, {**CHANGE, "password": "wrong"}, token=token)
    response = await browser.ask(REQUEST_EMAIL_CHANGE, CHANGE, token=token)
    answer = data(response)
    assert answer["__typename"] == "TooManyAttempts"
    assert response.headers["retry-after"] == str(answer["retryAfter"])
    assert await mails(auth) == []


async def test_an_address_is_written_to_only_so_often(make_app: MakeApp) -> None:
    """By whoever has an account here, too."""
    app = await make_app(mail_attempts_per_account="4/hour")
    auth: Auth = app.state.auth
    session = await begin(auth, await person(auth, ADA))
    browser, token = Browser(app), session.access_token.value
    answers = [
        data(await browser.ask(REQUEST_EMAIL_CHANGE, CHANGE, token=token))["__typename"]
        for _ in range(3)
    ]
    assert answers == ["EmailSent", "EmailSent", "TooManyAttempts"]
    assert len(await mails(auth)) == 2


async def test_a_mail_that_is_late_does_not_let_a_thief_in_again(auth: Auth, ada: User) -> None:
    """Ordered before the owner set a new password, sent afterwards: there is nothing to send."""
    with auth.database.use():
        await auth.outbox.put(
            MailKind.CONFIRM_EMAIL_CHANGE,
            NEW,
            BROWSER,
            user_id=str(ada.id),
            basis=basis(await User.get(id=ada.id)),
        )
    await auth.accounts.password_changes.set(ada, "some other long phrase", BROWSER)
    assert await mails_to(auth, NEW) == []
    assert (await everything(auth))["OneTimeToken"] == []


async def test_somebody_without_a_password_proves_it_by_a_login_of_just_now(
    auth: Auth, browser: Browser, clock: FrozenClock
) -> None:
    """For five minutes; whatever they type as a password."""
    ada = await auth.accounts.create(ADA, None)
    token = (await begin(auth, ada)).access_token.value
    clock.tick(299)
    assert data(await browser.ask(REQUEST_EMAIL_CHANGE, CHANGE, token=token)) == SENT
    assert len(await mails(auth)) == 1
    clock.tick(1)
    answer = data(await browser.ask(REQUEST_EMAIL_CHANGE, CHANGE, token=token))
    assert answer["code"] == "INVALID_CREDENTIALS"
    assert len(await mails(auth)) == 1


async def test_where_no_mail_is_sent_it_is_said(make_app: MakeApp) -> None:
    """In production without a server."""
    app = await make_app(env="production", public_url="https://auth.example.com")
    auth: Auth = app.state.auth
    session = await begin(auth, await person(auth, ADA))
    browser = Browser(app, url="https://auth.example.com")
    response = await browser.ask(REQUEST_EMAIL_CHANGE, CHANGE, token=session.access_token.value)
    assert [message for message, _ in errors(response)] == ["This service sends no mail."]


async def test_an_address_that_is_taken_meanwhile_stays_with_whoever_took_it(
    auth: Auth, browser: Browser, ada: User, issued: Issued
) -> None:
    """The unique index decides; the account is as it was, and the link too."""
    await browser.ask(REQUEST_EMAIL_CHANGE, CHANGE, token=issued.access_token.value)
    token = await token_to(auth, NEW)
    bob = await auth.accounts.create(NEW, None)
    before = await everything_when_idle(auth)
    answer = data(await browser.ask(CONFIRM_EMAIL_CHANGE, {"token": token}))
    assert answer == {
        "__typename": "EmailTaken",
        "code": "EMAIL_TAKEN",
        "message": "There is already an account with this e-mail address.",
    }
    assert await everything(auth) == before
    with auth.database.use():
        await User.filter(id=bob.id).delete()
    answer = data(await browser.ask(CONFIRM_EMAIL_CHANGE, {"token": token}))
    assert answer["user"]["email"] == NEW
    assert data(await browser.ask(CONFIRM_EMAIL_CHANGE, {"token": token})) == answer
    assert len(subjects(await mails_to(auth, ADA))) == 1

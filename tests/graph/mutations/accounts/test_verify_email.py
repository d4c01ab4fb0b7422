"""`requestEmailVerification` and `verifyEmail`: prove an address with a link."""

import pytest
from apps import MakeApp, person
from browser import Browser, data
from documents import LOGIN, ME, REQUEST_EMAIL_VERIFICATION, VERIFY_EMAIL
from log_lines import LogLines
from mailed_links import ADA
from people import PASSWORD, begin
from rows import changes, everything, user_row
from sent_mail import everything_when_idle, mails, subjects, token_to

from authberry import Auth
from authberry.models import User


async def test_a_link_proves_the_address(auth: Auth, browser: Browser, ada: User) -> None:
    """One column changes, the link has another purpose, and nobody is logged in by it."""
    await browser.ask(REQUEST_EMAIL_VERIFICATION, email=" ADA@example.com ")
    before = await user_row(auth, ada)
    response = await browser.ask(VERIFY_EMAIL, {"token": await token_to(auth, ADA)})
    assert data(response) == {
        "__typename": "EmailVerified",
        "user": {"id": str(ada.id), "email": ADA, "emailVerified": True},
    }
    assert browser.cookies == {}
    assert changes(before, await user_row(auth, ada)) == {"email_verified": True}
    rows = await everything(auth)
    assert (rows["OutboxMessage"], rows["RefreshToken"]) == ([], [])
    assert [row["purpose"] for row in rows["OneTimeToken"]] == ["verified_email"]


async def test_every_server_knows_at_once(auth: Auth, browser: Browser, ada: User) -> None:
    """Also one that remembers who asks."""
    token = (await begin(auth, ada)).access_token.value
    for _ in range(2):
        assert data(await browser.ask(ME, token=token))["emailVerified"] is False
    await browser.ask(REQUEST_EMAIL_VERIFICATION, email=ADA)
    await browser.ask(VERIFY_EMAIL, {"token": await token_to(auth, ADA)})
    for _ in range(2):
        assert data(await browser.ask(ME, token=token))["emailVerified"] is True


async def test_both_of_two_links_are_good(auth: Auth, browser: Browser, ada: User) -> None:
    """Whoever asked twice may open either mail first."""
    tokens = []
    for _ in range(2):
        await browser.ask(REQUEST_EMAIL_VERIFICATION, email=ADA)
        tokens.append(await token_to(auth, ADA))
    assert len(set(tokens)) == 2
    for token in tokens:
        assert (
            data(await browser.ask(VERIFY_EMAIL, {"token": token}))["__typename"] == "EmailVerified"
        )


async def test_whoever_needs_no_link_gets_none(auth: Auth, browser: Browser, ada: User) -> None:
    """Nobody, somebody who is proved, somebody who is shut out: the answer is the same."""
    proved, gone = await person(auth, "proved@example.com"), await person(auth, "gone@example.com")
    with auth.database.use():
        await User.filter(id=proved.id).update(email_verified=True)
        await User.filter(id=gone.id).update(disabled_at=auth.clock.now())
    answers = [
        data(await browser.ask(REQUEST_EMAIL_VERIFICATION, email=email))
        for email in ("nobody@example.com", "proved@example.com", "gone@example.com", ADA)
    ]
    assert answers == [{"ok": True}] * 4
    sent = await mails(auth)
    assert [mail["To"] for mail in sent] == [ADA]
    assert subjects(sent) == ["Confirm your e-mail address for 127.0.0.1:8000"]
    assert len((await everything(auth))["OneTimeToken"]) == 1


async def test_where_it_is_required_nobody_logs_in_before(make_app: MakeApp) -> None:
    """Only the right password is told so; the link lets its owner in."""
    app = await make_app(email_verification="required")
    auth: Auth = app.state.auth
    ada, browser = await person(auth, ADA), Browser(app)
    before = await everything_when_idle(auth)

    wrong = data(await browser.ask(LOGIN, email=ADA, password="wrong"))
    response = await browser.ask(LOGIN, email=ADA, password=PASSWORD)

    assert wrong["__typename"] == "InvalidCredentials"
    assert data(response) == {
        "__typename": "EmailNotVerified",
        "code": "EMAIL_NOT_VERIFIED",
        "message": "Confirm your e-mail address first, with the link that was mailed to it.",
    }
    assert browser.cookies == {}
    assert await everything(auth) == before
    await browser.ask(REQUEST_EMAIL_VERIFICATION, email=ADA)
    await browser.ask(VERIFY_EMAIL, {"token": await token_to(auth, ADA)})
    answer = data(await browser.ask(LOGIN, email=ADA, password=PASSWORD))
    assert answer["user"]["id"] == str(ada.id)


async def test_where_it_is_required_a_disabled_account_is_no_different(make_app: MakeApp) -> None:
    """Its right password is as wrong as any."""
    app = await make_app(email_verification="required")
    auth: Auth = app.state.auth
    ada = await person(auth, ADA)
    with auth.database.use():
        await User.filter(id=ada.id).update(disabled_at=auth.clock.now())
    answer = data(await Browser(app).ask(LOGIN, email=ADA, password=PASSWORD))
    assert answer["code"] == "INVALID_CREDENTIALS"


async def test_the_right_password_of_an_unproved_address_costs_no_budget(
    make_app: MakeApp, log: LogLines
) -> None:
    """Whoever waits for the mail and tries again is no guesser; the log knows why they wait."""
    app = await make_app(email_verification="required", login_attempts="2/hour")
    auth: Auth = app.state.auth
    ada, browser = await person(auth, ADA), Browser(app)
    log.start()
    for _ in range(4):
        answer = data(await browser.ask(LOGIN, email=ADA, password=PASSWORD))
        assert answer["code"] == "EMAIL_NOT_VERIFIED"
    event = {
        "event": "login_failed",
        "level": "warning",
        "reason": "address not verified",
        "user_id": str(ada.id),
        "address": "192.0.2.1",
    }
    assert log.events == [event] * 4


@pytest.mark.parametrize("mode", ["off", "optional"])
async def test_elsewhere_whoever_has_the_password_logs_in(make_app: MakeApp, mode: str) -> None:
    """Proved or not."""
    app = await make_app(email_verification=mode)
    await person(app.state.auth, ADA)
    answer = data(await Browser(app).ask(LOGIN, email=ADA, password=PASSWORD))
    assert answer["__typename"] == "AuthPayload"

"""`requestPasswordReset` and `resetPassword`: a forgotten password."""

import httpx
import pytest
from apps import MakeApp, person
from browser import Browser, cookie_set, data, errors, set_cookies
from documents import (
    LOGIN,
    ME,
    REFRESH_TOKEN,
    REQUEST_EMAIL_VERIFICATION,
    REQUEST_LOGIN_LINK,
    REQUEST_PASSWORD_RESET,
    RESET_PASSWORD,
)
from log_lines import LogLines
from mailed_links import ADA, NEW_PASSWORD, REFUSED
from people import PASSWORD, PHONE, begin
from rows import changes, everything, session_row, user_row
from sent_mail import everything_when_idle, mails, mails_to, text_of, token_to

from authberry import Auth, Issued
from authberry.models import User

REQUESTS = {
    "reset": REQUEST_PASSWORD_RESET,
    "verification": REQUEST_EMAIL_VERIFICATION,
    "login": REQUEST_LOGIN_LINK,
}
each_request = pytest.mark.parametrize("document", REQUESTS.values(), ids=REQUESTS)


async def reset(browser: Browser, token: str, password: str = NEW_PASSWORD) -> httpx.Response:
    """Set a new password with a link."""
    return await browser.ask(RESET_PASSWORD, {"token": token, "newPassword": password})


async def test_a_reset_sets_the_password_and_ends_every_session(
    auth: Auth, browser: Browser, in_browser: Issued
) -> None:
    """Nobody is logged in by it: the new password does that. The address is proved by it."""
    phone = await begin(auth, in_browser.user, PHONE)
    before = await user_row(auth, in_browser.user)
    await browser.ask(REQUEST_PASSWORD_RESET, email=ADA)

    response = await reset(browser, await token_to(auth, ADA))

    assert data(response) == {"__typename": "PasswordReset", "ok": True}
    assert set_cookies(response) == []
    after = changes(before, await user_row(auth, in_browser.user))
    assert set(after) == {"password_hash", "email_verified"}
    for session in (in_browser, phone):
        assert (await session_row(auth, session))["revoked_reason"] == "password reset"
    me = await browser.ask(ME, token=phone.access_token.value)
    assert me.json()["errors"][0]["extensions"]["reason"] == "SESSION_REVOKED"
    refreshed = await browser.ask(REFRESH_TOKEN)
    assert data(refreshed)["code"] == "SESSION_REVOKED"
    assert cookie_set(refreshed)["max-age"] == "0"
    assert data(await browser.ask(LOGIN, email=ADA, password=PASSWORD))["code"] == (
        "INVALID_CREDENTIALS"
    )
    answer = data(await browser.ask(LOGIN, email=ADA, password=NEW_PASSWORD))
    assert answer["user"]["emailVerified"] is True


async def test_a_weak_password_leaves_the_link_good(
    auth: Auth, browser: Browser, ada: User
) -> None:
    """Whoever is told what is wrong with it tries another."""
    await browser.ask(REQUEST_PASSWORD_RESET, email=ADA)
    token = await token_to(auth, ADA)
    before = await everything_when_idle(auth)
    for weak in ("short", ADA, "password1"):
        answer = data(await reset(browser, token, weak))
        assert answer["__typename"] == "WeakPassword"
        assert answer["reasons"]
    assert errors(await reset(browser, token, "a\0bcdefgh")) == [
        ("This text has a NUL character.", {"code": "INVALID_INPUT", "field": "newPassword"})
    ]
    assert await everything(auth) == before
    assert data(await reset(browser, token))["__typename"] == "PasswordReset"


async def test_the_first_of_two_links_voids_the_second(
    auth: Auth, browser: Browser, ada: User
) -> None:
    """A reset changes what the other rests on."""
    tokens = []
    for _ in range(2):
        await browser.ask(REQUEST_PASSWORD_RESET, email=ADA)
        tokens.append(await token_to(auth, ADA))
    assert data(await reset(browser, tokens[1]))["__typename"] == "PasswordReset"
    assert data(await reset(browser, tokens[0])) == REFUSED


async def test_somebody_without_a_password_sets_the_first_one(auth: Auth, browser: Browser) -> None:
    """An account that the operator made is its owner's so."""
    await auth.accounts.create(ADA, None)
    await browser.ask(REQUEST_PASSWORD_RESET, email=ADA)
    assert data(await reset(browser, await token_to(auth, ADA)))["ok"] is True
    answer = data(await browser.ask(LOGIN, email=ADA, password=NEW_PASSWORD))
    assert answer["__typename"] == "AuthPayload"


async def test_the_owner_is_told_of_the_new_password(make_app: MakeApp, log: LogLines) -> None:
    """Once, in the transaction that sets it."""
    app = await make_app(security_notices=True)
    auth: Auth = app.state.auth
    ada, browser = await person(auth, ADA), Browser(app)
    await browser.ask(REQUEST_PASSWORD_RESET, email=ADA)
    token = await token_to(auth, ADA)
    log.start()
    await reset(browser, token)
    sent = await mails_to(auth, ADA)
    assert [mail["Subject"] for mail in sent[1:]] == [
        "Your password for 127.0.0.1:8000 was changed"
    ]
    assert "192.0.2.1" in text_of(sent[-1])
    where = {"level": "info", "user_id": str(ada.id), "address": "192.0.2.1"}
    assert log.events == [
        {"event": "password_reset", **where},
        {"event": "mail_sent", "reason": "password_changed", **where},
    ]


@each_request
async def test_known_and_unknown_addresses_are_answered_alike(
    auth: Auth, browser: Browser, ada: User, document: str
) -> None:
    """To the byte, but for what is random; only who has an account gets a mail."""
    responses = [
        await browser.ask(document, email=email)
        for email in (ADA, "nobody@example.com", "ADA@example.com ")
    ]
    seen = {
        (
            response.status_code,
            response.content,
            tuple(sorted(set(response.headers) - {"x-request-id"})),
        )
        for response in responses
    }
    assert len(seen) == 1
    assert data(responses[0]) == {"ok": True}
    assert [mail["To"] for mail in await mails(auth)] == [ADA, ADA]


@each_request
async def test_what_is_no_address_is_answered_like_an_unknown_one(
    auth: Auth, browser: Browser, document: str
) -> None:
    """Its form says nothing of whether somebody has it: a row may be imported."""
    for email in ("", "nobody", "a\0@example.com", "a\ud800@example.com", "a" * 400):
        assert data(await browser.ask(document, email=email)) == {"ok": True}
    assert await mails(auth) == []


@each_request
async def test_nobody_s_mailbox_is_filled(make_app: MakeApp, document: str) -> None:
    """Known and unknown are throttled alike, per account and from everywhere."""
    app = await make_app(mail_attempts_per_account="2/hour")
    auth: Auth = app.state.auth
    await person(auth, ADA)
    sequences = []
    for email in (ADA, "nobody@example.com"):
        seen = []
        for number in range(4):
            browser = Browser(app, address=f"198.51.100.{number}")
            response = await browser.ask(document, email=email)
            wait = int(response.headers.get("retry-after", 0))
            assert wait == 0 or 3000 < wait <= 3600
            answer = [
                (message, extensions["code"], extensions["retryAfter"] == wait)
                for message, extensions in errors(response)
            ]
            seen.append((response.status_code, answer, wait > 0))
        sequences.append(seen)
    refused = (200, [("Too many attempts. Try again later.", "TOO_MANY_ATTEMPTS", True)], True)
    assert sequences[0] == sequences[1]
    assert sequences[0][2:] == [refused, refused]
    assert sequences[0][0][1] == []
    assert len(await mails(auth)) == 2


@each_request
async def test_a_network_asks_for_only_so_many_mails(make_app: MakeApp, document: str) -> None:
    """To whomever; and whoever has spent that empties nobody's own budget."""
    app = await make_app(mail_attempts_per_address="3/hour", mail_attempts_per_account="3/hour")
    auth: Auth = app.state.auth
    await person(auth, ADA)
    stranger = Browser(app)
    for email in ("1@example.com", "2@example.com", "3@example.com", ADA, ADA, ADA, ADA):
        await stranger.ask(document, email=email)
    owner = Browser(app, address="198.51.100.7")
    assert data(await owner.ask(document, email=ADA)) == {"ok": True}
    assert len(await mails(auth)) == 1


@each_request
async def test_asking_is_one_event(
    browser: Browser, ada: User, log: LogLines, document: str
) -> None:
    """With what was asked for, and not by or for whom: an address may be anybody's."""
    log.start()
    await browser.ask(document, email="nobody@example.com")
    letter = {
        REQUEST_PASSWORD_RESET: "reset_password",
        REQUEST_EMAIL_VERIFICATION: "verify_email",
        REQUEST_LOGIN_LINK: "login_link",
    }[document]
    assert log.events == [
        {"event": "mail_requested", "level": "info", "reason": letter, "address": "192.0.2.1"}
    ]
    assert "nobody@" not in log.text


@each_request
async def test_where_no_mail_is_sent_it_is_said_to_everybody(
    make_app: MakeApp, document: str
) -> None:
    """In production without a server; nothing is written down that would wait for ever."""
    app = await make_app(env="production", public_url="https://auth.example.com")
    auth: Auth = app.state.auth
    await person(auth, ADA)
    browser = Browser(app, url="https://auth.example.com")
    for email in (ADA, "nobody@example.com"):
        (error,) = errors(await browser.ask(document, email=email))
        assert (error[0], error[1]["code"]) == (
            "This service sends no mail.",
            "SERVICE_UNAVAILABLE",
        )
    assert (await everything(auth))["OutboxMessage"] == []

"""What is stored and what is logged: no password and no token, on any path."""

import base64
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

import pytest
from every_log import EveryRecord, bytes_of, every_log
from frozen_clock import FrozenClock
from people import BROWSER, refresh
from rows import everything
from sent_mail import link_in, mails, token_in, token_to
from statements import Statements

from authberry import Auth, Client, Issued, RefreshTokenTransport, Viewer
from authberry.errors import AuthError, Unauthenticated
from authberry.models import DatabaseUnavailable
from authberry.tokens.refresh_tokens import RefreshTokenCodec

__all__ = ["every_log"]

MakeAuth = Callable[..., Awaitable[Auth]]
BODY = RefreshTokenTransport.BODY
OLD, NEW, WRONG, WEAK = (
    "sentinel old password",
    "sentinel new password",
    "sentinel wrong password",
    "s3ntinel",
)
SERVER_SECRET = "c2VudGluZWwtc2VydmVyLXNlY3JldC1mb3ItdGVzdHM"
NO_MAIL_SERVER = {"smtp_url": "smtp+plain://127.0.0.1:1", "mail_from": "a@example.org"}
STRANGE = Client("192.0.2.9", "Mozilla\r\nINFO forged line\x1b[31m", "request-9")


async def story(auth: Auth, clock: FrozenClock) -> list[str]:
    """Everything that can happen to a person; returns every secret there was."""
    issued: list[Issued] = []
    secrets = [OLD, NEW, WRONG, SERVER_SECRET]

    async def happens(act: Awaitable[object]) -> None:
        with suppress(AuthError, DatabaseUnavailable):
            result = await act
            if isinstance(result, Issued):
                issued.append(result)

    await happens(
        auth.accounts.registration.register("ada@example.com", "password", "Ada", BROWSER, BODY)
    )
    await happens(auth.accounts.registration.register("ada@example.com", OLD, "Ada", BROWSER, BODY))
    await happens(auth.accounts.registration.register("ada@example.com", OLD, "Ada", STRANGE, BODY))
    await happens(auth.logins.passwords.login("ada@example.com", WRONG, STRANGE, BODY))
    await happens(auth.logins.passwords.login("nobody@example.com", OLD, BROWSER, BODY))
    await happens(auth.logins.passwords.login("ada@example.com", OLD, STRANGE, BODY))
    if len(issued) < 2:
        return secrets
    for _ in range(3):
        clock.tick(31)
        await happens(refresh(auth, issued[-1].refresh_token))
        await happens(refresh(auth, issued[-1].refresh_token + "x"))
    viewer = Viewer(issued[0].user, issued[0].session)
    await happens(auth.accounts.password_changes.change(viewer, WRONG, NEW, BROWSER))
    await happens(auth.accounts.password_changes.change(viewer, OLD, "password", BROWSER))
    await happens(auth.accounts.password_changes.change(viewer, OLD, NEW, BROWSER))
    for one in issued:
        token = one.access_token.value
        for value in (token, token[:-3], token + "="):
            with suppress(Unauthenticated):
                await auth.signing.access_tokens.verify(value)
    await happens(refresh(auth, issued[1].refresh_token))
    clock.tick(31)
    await happens(refresh(auth, issued[0].refresh_token))
    await happens(auth.logins.passwords.login("ada@example.com", NEW, BROWSER, BODY))
    stolen = issued[-1]
    for _ in range(2):
        clock.tick(31)
        await happens(refresh(auth, issued[-1].refresh_token))
    clock.tick(31)
    await happens(refresh(auth, stolen.refresh_token))
    await happens(auth.logins.passwords.login("ada@example.com", NEW, BROWSER, BODY))
    await happens(auth.sessions.revocation.logout(None, [issued[-1].refresh_token], BROWSER))
    await happens(auth.accounts.password_changes.set(issued[0].user, OLD, BROWSER))
    await happens(auth.accounts.disable(issued[0].user, BROWSER))
    await happens(auth.logins.passwords.login("ada@example.com", OLD, BROWSER, BODY))
    await happens(auth.accounts.enable(issued[0].user, BROWSER))
    with suppress(DatabaseUnavailable):
        await auth.signing.keys.rotate()
    codec = RefreshTokenCodec(auth.settings.secrets)
    for one in issued:
        secret = codec.open(one.refresh_token).secret
        secrets += [one.refresh_token, one.access_token.value, one.access_token.value[-60:]]
        secrets += [secret.hex(), repr(secret)[2:-1], base64.b64encode(secret).decode()]
    for held, _ in auth.signing.keys.states():
        secrets.append(held.key.jwk["d"])
    return secrets


async def test_nothing_that_opens_anything_is_logged(
    every_log: EveryRecord, make_auth: MakeAuth, clock: FrozenClock
) -> None:
    """At DEBUG, with every statement of the database in the log, through every refusal."""
    auth = await make_auth(secret=SERVER_SECRET)
    secrets = await story(auth, clock)
    assert len(secrets) > 30
    text = "\n".join(every_log.lines)
    assert "token_refreshed" in text
    assert "token_reused" in text
    assert "INSERT" in text  # the statements are there
    assert [secret for secret in secrets if secret in text] == []


@pytest.mark.parametrize("number", range(1, 40, 3))
async def test_nothing_is_logged_when_the_database_fails_either(
    every_log: EveryRecord,
    make_auth: MakeAuth,
    clock: FrozenClock,
    statements: Statements,
    number: int,
) -> None:
    """Whichever statement of the story fails."""
    auth = await make_auth(secret=SERVER_SECRET)
    with statements.broken(number):
        secrets = await story(auth, clock)
    assert [secret for secret in secrets if secret in "\n".join(every_log.lines)] == []


async def test_an_event_is_one_line(
    every_log: EveryRecord, make_auth: MakeAuth, clock: FrozenClock
) -> None:
    """What a client calls itself forges no other."""
    await story(await make_auth(secret=SERVER_SECRET), clock)
    events = [line for line in every_log.lines if "authberry.security" in line]
    assert events
    assert [line for line in events if "forged" in line] == []


async def test_nothing_that_opens_anything_is_stored(
    make_auth: MakeAuth, clock: FrozenClock, tmp_path: Path
) -> None:
    """Neither in a row nor, on SQLite, in the bytes of the file and its write-ahead log."""
    auth = await make_auth(secret=SERVER_SECRET)
    secrets = await story(auth, clock)
    rows = repr(await everything(auth))
    files = bytes_of(tmp_path)
    assert bool(files) == auth.database.is_sqlite
    assert not files or b"ada@example.com" in files
    assert [secret for secret in secrets if secret in rows] == []
    assert [secret for secret in secrets if secret.encode() in files] == []
    for token in secrets:
        if len(token) == 64 and set(token) <= set("0123456789abcdef"):
            assert bytes.fromhex(token) not in files


async def test_what_happens_is_recorded_once(
    make_auth: MakeAuth, clock: FrozenClock, caplog: pytest.LogCaptureFixture
) -> None:
    """Each event, in order, with whom and from where."""
    caplog.set_level(logging.DEBUG, "authberry.security")
    auth = await make_auth(secret=SERVER_SECRET)
    await story(auth, clock)
    events = [vars(record)["event"] for record in caplog.records]
    assert events == [
        "registered",
        *("login_failed", "login_failed", "login_succeeded"),
        *(["token_refreshed"] * 3),
        *("password_change_failed", "password_changed"),
        *("login_succeeded", "token_refreshed", "token_refreshed", "token_reused"),
        "login_succeeded",
        *("logged_out", "password_changed", "user_disabled", "login_failed", "user_enabled"),
    ]
    by_name = {vars(record)["event"]: vars(record) for record in caplog.records}
    assert by_name["token_reused"]["levelname"] == "ERROR"
    assert by_name["token_refreshed"]["levelname"] == "INFO"
    assert by_name["login_failed"]["levelname"] == "WARNING"
    assert by_name["login_failed"]["address"] == BROWSER.address
    assert by_name["login_failed"]["request_id"] == BROWSER.request_id
    assert by_name["login_failed"]["reason"] == "disabled"
    assert {"user_id", "session_id"} <= by_name["token_reused"].keys()


async def links(auth: Auth) -> list[str]:
    """Have a link of every kind mailed, and use some; returns their tokens, and a browser's."""
    browser, email, new = "s" * 43, "ada@example.com", "new@example.com"
    ada = await auth.accounts.create(email, OLD)
    await auth.accounts.verification.request(email, BROWSER)
    await auth.accounts.recovery.request(email, BROWSER)
    await auth.logins.links.request(email, browser, BROWSER)
    issued = await auth.sessions.begin(ada, BROWSER, BODY)
    viewer = Viewer(issued.user, issued.session)
    await auth.accounts.email_changes.request(viewer, new, OLD, BROWSER)
    await auth.accounts.email_changes.confirm(await token_to(auth, new), BROWSER)
    tokens = [token_in(link_in(mail)) for mail in await mails(auth)]
    for token in (*tokens, "sentinel" * 5 + "abc"):
        with suppress(AuthError):
            await auth.accounts.verification.verify(token, BROWSER)
    for again in ("third@example.com", "fourth@example.com"):
        await auth.accounts.email_changes.request(viewer, again, OLD, BROWSER)
        await auth.accounts.email_changes.confirm(await token_to(auth, again), BROWSER)
    return [browser, *{token_in(link_in(mail)) for mail in await mails(auth)}]


async def test_no_token_of_a_link_is_stored_or_logged(
    every_log: EveryRecord, make_auth: MakeAuth, tmp_path: Path
) -> None:
    """It is in the mail and nowhere else: not in a row, not in the file, not in any log."""
    auth = await make_auth(secret=SERVER_SECRET)
    secrets = await links(auth)
    assert len(secrets) == 10
    rows, files, text = repr(await everything(auth)), bytes_of(tmp_path), "\n".join(every_log.lines)
    assert "one_time_token" in text  # the statements are there
    assert [secret for secret in secrets if secret in rows] == []
    assert [secret for secret in secrets if secret.encode() in files] == []
    assert [secret for secret in secrets if secret in text] == []


async def test_an_order_that_waits_shows_neither_its_token_nor_its_address(
    every_log: EveryRecord, make_auth: MakeAuth, clock: FrozenClock, tmp_path: Path
) -> None:
    """The link that undoes a change is made with the change, and waits encrypted."""
    auth = await make_auth(secret=SERVER_SECRET)
    ada = await auth.accounts.create("ada@example.com", OLD)
    issued = await auth.sessions.begin(ada, BROWSER, BODY)
    viewer = Viewer(issued.user, issued.session)
    await auth.accounts.email_changes.request(viewer, "new@example.com", OLD, BROWSER)
    token = await token_to(auth, "new@example.com")
    await auth.outbox.close()
    stuck = await make_auth(secret=SERVER_SECRET, **NO_MAIL_SERVER)

    await stuck.accounts.email_changes.confirm(token, BROWSER)

    await stuck.outbox.close()
    (row,) = (await everything(auth))["OutboxMessage"]
    files = bytes_of(tmp_path)
    clock.tick(3600)
    undo = await token_to(auth, "ada@example.com")
    assert row["letter"] == "email_changed"
    assert undo not in repr(row)
    assert "example.com" not in repr(row)
    assert undo.encode() not in files
    assert undo not in "\n".join(every_log.lines)

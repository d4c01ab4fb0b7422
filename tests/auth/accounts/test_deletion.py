"""Leaving: everything of a person goes, or nothing; and nothing of anybody else."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from deleted_account import mails, templates
from frozen_clock import FrozenClock
from people import BROWSER, PASSWORD, PHONE, begin, log_in, outcome, refresh, register
from rows import changes, everything, session_row, user_row
from statements import Statements
from viewers import claims_of, is_live, until_cached, viewer_of

from authberry import Auth, Issued, RefreshTokenTransport
from authberry.accounts.deletion import AccountInUse
from authberry.errors import InvalidCredentials, SessionRevoked, TooManyAttempts
from authberry.events import Choice
from authberry.mail import Outbox
from authberry.mail.rendering import MailKind
from authberry.models import OutboxMessage, User
from authberry.settings import LinkPurpose

MakeAuth = Callable[..., Awaitable[Auth]]

pytestmark = pytest.mark.one_process("each process has a store of its own")

BODY = RefreshTokenTransport.BODY
WEEK = timedelta(days=7)


@pytest.fixture
def open_auth(make_auth: MakeAuth, tmp_path: Path) -> MakeAuth:
    """Open an `Auth` that stores events, and whose mail templates are a line each."""
    letters = templates(tmp_path)

    async def make(**settings: object) -> Auth:
        defaults: dict[str, object] = {"event_ttl": 90 * 86400, "mail_templates": letters}
        return await make_auth(**{**defaults, **settings})

    return make


@pytest.fixture
async def auth(open_auth: MakeAuth) -> Auth:
    """One that deletes at once."""
    return await open_auth()


async def live(auth: Auth, email: str = "ada@example.com") -> Issued:
    """Let somebody register, and do some of everything that leaves a row."""
    user = await auth.accounts.create(email, PASSWORD, "Ada", client=BROWSER)
    await begin(auth, user, PHONE)
    issued = await log_in(auth, email)
    await refresh(auth, issued.refresh_token)
    await auth.links.tokens.issue(user, LinkPurpose.CONFIRM_EMAIL_CHANGE, email=f"new-{user.email}")
    with auth.database.use():
        for address in (user.email, f"new-{user.email}"):
            await auth.outbox.put(MailKind.TEST, address, BROWSER)
        await OutboxMessage.all().update(due_at=auth.clock.now() + timedelta(days=1))
    await auth.resources.events.flush()
    return issued


async def everything_stored(auth: Auth) -> dict[str, list[dict[str, Any]]]:
    """Every row, once what was recorded is written."""
    await auth.resources.events.flush()
    return await everything(auth)


# At once


async def test_who_proves_the_password_is_gone_with_every_row(auth: Auth) -> None:
    """And a mail says so, to an address of which nobody has an account any more."""
    before = await everything_stored(auth)
    issued = await live(auth)
    viewer = await viewer_of(auth, issued)

    assert await auth.accounts.deletion.request(viewer, PASSWORD, BROWSER) is None

    (mail,) = await mails(auth, 1)
    assert (mail["To"], mail["Subject"]) == ("ada@example.com", "Gone")
    await auth.outbox.close()
    after = await everything_stored(auth)
    events = after.pop("SecurityEvent")
    before.pop("SecurityEvent")
    assert after == before
    assert [(row["kind"], row["user_id"], row["session_id"]) for row in events] == [
        ("account_deleted", None, None),
        ("mail_sent", None, None),
    ]
    assert await outcome(auth, issued.refresh_token) is not issued.refresh_token


async def test_nobody_else_is_touched(auth: Auth) -> None:
    """Not one row of theirs."""
    other = await live(auth, "grace@example.com")
    before = await everything_stored(auth)
    issued = await live(auth)
    await auth.accounts.deletion.request(await viewer_of(auth, issued), PASSWORD, BROWSER)
    await mails(auth, 1)
    await auth.outbox.close()
    after = await everything_stored(auth)
    for table, rows in before.items():
        assert [row for row in rows if row not in after[table]] == [], table
    assert [row["id"] for row in after["User"]] == [other.user.id]


async def test_access_tokens_are_refused_by_every_process_at_once(
    auth: Auth, open_auth: MakeAuth
) -> None:
    """Also by one that remembers the person."""
    other = await open_auth()
    issued = await live(auth)
    claims = await claims_of(auth, issued)
    await until_cached(other, claims)
    await auth.accounts.deletion.request(await viewer_of(auth, issued), PASSWORD, BROWSER)
    assert not await is_live(other, claims)
    assert not await is_live(auth, claims)


async def test_the_address_is_free_again(auth: Auth) -> None:
    """For an account that has nothing of the old one."""
    issued = await live(auth)
    await auth.accounts.deletion.request(await viewer_of(auth, issued), PASSWORD, BROWSER)
    again = await register(auth, "ada@example.com")
    assert again.user.id != issued.user.id
    page = await auth.history.page(again.user.id, first=100, after=None)
    assert [event.kind for event in page.events] == ["registered"]


async def test_a_wrong_password_changes_nothing(auth: Auth) -> None:
    """It is an event, and nothing else is written."""
    issued = await live(auth)
    before = await everything_stored(auth)
    with pytest.raises(InvalidCredentials):
        await auth.accounts.deletion.request(await viewer_of(auth, issued), "wrong", BROWSER)
    after = await everything_stored(auth)
    (event,) = [row for row in after.pop("SecurityEvent") if row not in before["SecurityEvent"]]
    before.pop("SecurityEvent")
    assert after == before
    assert (event["kind"], event["user_id"]) == ("proof_failed", issued.user.id)


async def test_guesses_are_counted_in_each_session(auth: Auth) -> None:
    """A stolen access token buys as many as a login; and shuts nobody out of the account."""
    issued = await live(auth)
    viewer = await viewer_of(auth, issued)
    for _ in range(5):
        with pytest.raises(InvalidCredentials):
            await auth.accounts.deletion.request(viewer, "wrong", BROWSER)
    with pytest.raises(TooManyAttempts):
        await auth.accounts.deletion.request(viewer, PASSWORD, BROWSER)
    await auth.logins.passwords.login("ada@example.com", PASSWORD, BROWSER, BODY)
    assert await user_row(auth, issued.user)


async def test_without_a_password_a_fresh_login_is_the_proof(
    auth: Auth, ada: User, clock: FrozenClock
) -> None:
    """For five minutes, whatever is typed; a refresh is no login."""
    issued = await begin(auth, ada)
    clock.tick(299)
    await refresh(auth, issued.refresh_token)
    clock.tick(1)
    with pytest.raises(InvalidCredentials):
        await auth.accounts.deletion.request(await viewer_of(auth, issued), "", BROWSER)
    fresh = await begin(auth, ada)
    clock.tick(299)
    assert await auth.accounts.deletion.request(await viewer_of(auth, fresh), "", BROWSER) is None
    assert (await everything(auth))["User"] == []


@pytest.mark.parametrize("number", [1, 3])
async def test_a_password_that_is_changed_meanwhile_is_no_proof(
    auth: Auth, open_auth: MakeAuth, statements: Statements, number: int
) -> None:
    """Before the person is read it was wrong; before the deletion begins it has become so."""
    other = await open_auth()
    issued = await live(auth)
    viewer = await viewer_of(auth, issued)

    async def change() -> None:
        with other.database.use():
            await User.filter(id=issued.user.id).update(password_hash=None)

    act = auth.accounts.deletion.request(viewer, PASSWORD, BROWSER)
    if number == 1:
        issued.session.authenticated_at -= timedelta(minutes=5)
        with auth.database.use():
            await issued.session.save(update_fields=["authenticated_at"])
    with pytest.raises(InvalidCredentials):
        await statements.before(number, act, change)
    assert (await user_row(auth, issued.user))["deletes_at"] is None


async def test_two_who_ask_at_once_delete_one_account_once(auth: Auth) -> None:
    """The second finds nobody, and one mail is sent."""
    issued = await live(auth)
    viewer = await viewer_of(auth, issued)
    answers = await asyncio.gather(
        *(auth.accounts.deletion.request(viewer, PASSWORD, BROWSER) for _ in range(4)),
        return_exceptions=True,
    )
    assert sum(answer is None for answer in answers) == 1
    assert len(await mails(auth, 1)) == 1
    await auth.outbox.deliver()
    assert len(await mails(auth, 1)) == 1


@pytest.mark.own_tables("another table refers to them")
async def test_an_account_that_a_host_s_rows_hold_stays_and_says_why(auth: Auth) -> None:
    """What a host's tables want is the host's affair; ours are as they were."""
    issued = await live(auth)
    with auth.database.use():
        kind = "char(36)" if auth.database.is_sqlite else "uuid"
        await auth.database.fetch(f"CREATE TABLE post (author {kind} REFERENCES authberry_user)")
        await auth.database.fetch("INSERT INTO post SELECT id FROM authberry_user")
    before = await everything_stored(auth)
    with pytest.raises(AccountInUse):
        await auth.accounts.deletion.request(await viewer_of(auth, issued), PASSWORD, BROWSER)
    assert await everything_stored(auth) == before


# After a while


async def test_with_grace_every_session_ends_and_the_date_is_set(
    open_auth: MakeAuth, clock: FrozenClock
) -> None:
    """And a mail tells when, to whoever it may be news for."""
    auth = await open_auth(deletion_grace=WEEK)
    issued = await live(auth)
    row, session = await user_row(auth, issued.user), await session_row(auth, issued)
    deletes_at = await auth.accounts.deletion.request(
        await viewer_of(auth, issued), PASSWORD, BROWSER
    )
    assert deletes_at == clock.now() + WEEK
    assert changes(row, await user_row(auth, issued.user)) == {"deletes_at": deletes_at}
    assert changes(session, await session_row(auth, issued)) == {
        "revoked_at": clock.now(),
        "revoked_reason": "deletion scheduled",
    }
    assert await outcome(auth, issued.refresh_token) is SessionRevoked
    (mail,) = await mails(auth, 1)
    assert (mail["To"], mail["Subject"]) == ("ada@example.com", "Going")
    text = mail.get_body(("plain",))
    assert text
    assert text.get_content().strip() == f"It goes at {deletes_at.isoformat()}."
    chosen = Choice(issued.user.id)
    assert "deletion_scheduled" in [event.kind async for event in auth.history.walk(chosen)]


async def test_who_logs_in_before_stays(open_auth: MakeAuth, clock: FrozenClock) -> None:
    """By the right password only; a session that is refused cancels nothing."""
    auth = await open_auth(deletion_grace=WEEK)
    issued = await live(auth)
    deletes_at = await auth.accounts.deletion.request(
        await viewer_of(auth, issued), PASSWORD, BROWSER
    )
    with pytest.raises(InvalidCredentials):
        await auth.logins.passwords.login("ada@example.com", "wrong", BROWSER, BODY)
    assert await outcome(auth, issued.refresh_token) is SessionRevoked
    assert (await user_row(auth, issued.user))["deletes_at"] == deletes_at

    again = await log_in(auth, "ada@example.com")

    assert (await user_row(auth, issued.user))["deletes_at"] is None
    walk = auth.history.walk(Choice(issued.user.id))
    kinds = [event.kind async for event in walk if event.kind != "mail_sent"]  # whenever it was
    assert kinds[-2:] == ["deletion_cancelled", "login_succeeded"]
    clock.tick(WEEK)
    assert (await auth.pruning.prune()).deleted_accounts == 0
    assert isinstance(await outcome(auth, again.refresh_token), str)


async def test_a_new_password_by_mail_cancels_nothing(open_auth: MakeAuth) -> None:
    """It ends sessions, and begins none."""
    auth = await open_auth(deletion_grace=WEEK)
    issued = await live(auth)
    deletes_at = await auth.accounts.deletion.request(
        await viewer_of(auth, issued), PASSWORD, BROWSER
    )
    user = await auth.accounts.find("ada@example.com")
    assert user
    token = await auth.links.tokens.issue(user, LinkPurpose.RESET_PASSWORD)
    await auth.accounts.recovery.reset(token, "another horse, another staple", BROWSER, BODY)
    assert (await user_row(auth, user))["deletes_at"] == deletes_at


async def test_when_the_time_has_come_servers_delete_the_account(
    open_auth: MakeAuth, clock: FrozenClock
) -> None:
    """Not a moment before."""
    auth = await open_auth(deletion_grace=WEEK)
    issued = await live(auth)
    await auth.accounts.deletion.request(await viewer_of(auth, issued), PASSWORD, BROWSER)
    await mails(auth, 1)
    clock.tick(WEEK - timedelta(microseconds=1))
    assert (await auth.pruning.prune()).deleted_accounts == 0
    clock.tick(timedelta(microseconds=1))
    assert (await auth.pruning.prune()).deleted_accounts == 1
    assert [mail["Subject"] for mail in await mails(auth, 2)] == ["Going", "Gone"]
    after = await everything_stored(auth)
    assert (after["User"], after["RefreshToken"], after["OneTimeToken"]) == ([], [], [])
    assert {row["user_id"] for row in after["SecurityEvent"]} == {None}


async def test_of_login_and_deletion_at_the_last_moment_one_wins(
    open_auth: MakeAuth,
    clock: FrozenClock,
    statements: Statements,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Between no two statements of a login is there a session of nobody."""
    monkeypatch.setattr(Outbox, "wake", lambda _self: None)  # whose statements would be counted
    auth, other = await open_auth(deletion_grace=WEEK), await open_auth(deletion_grace=WEEK)
    verify, tried = auth.passwords.hasher.verify, []
    for number in range(8):
        issued = await live(auth)
        await auth.accounts.deletion.request(await viewer_of(auth, issued), PASSWORD, BROWSER)
        clock.tick(WEEK)
        answers: list[object] = []

        async def delete_due() -> None:
            if statements.has_begun and statements.seen[-2:-1] != ["BEGIN;"]:
                return  # the login holds what a deletion would wait for
            tried.append(number)  # noqa: B023 - called before the next
            async for _ in other.accounts.deletion.delete_due():
                pass

        async def log_in() -> None:
            try:
                await auth.logins.passwords.login("ada@example.com", PASSWORD, BROWSER, BODY)
                answers.append(True)  # noqa: B023 - called before the next
            except InvalidCredentials:
                answers.append(False)  # noqa: B023 - likewise

        async def verify_meanwhile(*what: Any) -> bool:
            matches = await verify(*what)
            await delete_due()
            return matches

        if number == 0:  # SQLite runs all that follows the hash at once
            monkeypatch.setattr(auth.passwords.hasher, "verify", verify_meanwhile)
            await log_in()
            monkeypatch.setattr(auth.passwords.hasher, "verify", verify)
        else:
            await statements.before(number, log_in(), delete_due)
        left = (await everything(auth))["User"]
        assert (len(left) == 1) == answers[0]
        if left:
            assert left[0]["deletes_at"] is None
            assert await auth.accounts.deletion.delete(issued.user, BROWSER)
    assert tried == ([0] if auth.database.is_sqlite else [0, 1, 2, 3, 4])


@pytest.mark.own_tables("another table refers to them")
async def test_an_account_that_cannot_go_does_not_keep_others(
    open_auth: MakeAuth, clock: FrozenClock, caplog: pytest.LogCaptureFixture
) -> None:
    """The log names it, and the next is deleted."""
    auth = await open_auth(deletion_grace=WEEK)
    held, free = await live(auth), await live(auth, "grace@example.com")
    for issued in (held, free):
        await auth.accounts.deletion.request(await viewer_of(auth, issued), PASSWORD, BROWSER)
    with auth.database.use():
        kind = "char(36)" if auth.database.is_sqlite else "uuid"
        await auth.database.fetch(f"CREATE TABLE post (author {kind} REFERENCES authberry_user)")
        await auth.database.fetch(
            "INSERT INTO post SELECT id FROM authberry_user WHERE email = 'ada@example.com'"
        )
    clock.tick(WEEK)
    with caplog.at_level(logging.ERROR, "authberry.departures"):
        assert (await auth.pruning.prune()).deleted_accounts == 1
    (line,) = [line for line in caplog.records if line.name == "authberry.departures"]
    assert vars(line)["user_id"] == str(held.user.id)
    assert [row["id"] for row in (await everything(auth))["User"]] == [held.user.id]

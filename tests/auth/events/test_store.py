"""The stored half of the security log: everything once, in order, and never in the way."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from deleted_account import until
from frozen_clock import NOON, FrozenClock
from people import BROWSER, PASSWORD, PHONE, begin, log_in, refresh, register
from rows import everything
from statements import Statements
from viewers import viewer_of

from authberry import Auth, Client, RefreshTokenTransport
from authberry.errors import InvalidCredentials
from authberry.events.log import Event
from authberry.events.store import BATCH, MOST_WAITING
from authberry.models import SecurityEvent, User

MakeAuth = Callable[..., Awaitable[Auth]]

pytestmark = pytest.mark.one_process("each process has a store of its own")

LOGGER = "authberry.event_store"
BODY = RefreshTokenTransport.BODY


@pytest.fixture
async def auth(make_auth: MakeAuth) -> Auth:
    """An `Auth` that stores events."""
    return await make_auth(event_ttl=90 * 86400)


async def stored(auth: Auth) -> list[dict[str, Any]]:
    """The rows there are, in their order, once what was recorded is written."""
    await auth.resources.events.flush()
    return (await everything(auth))["SecurityEvent"]


async def kinds(auth: Auth) -> list[str]:
    """What happened, in its order."""
    return [row["kind"] for row in await stored(auth)]


async def fail_to_log_in(auth: Auth, email: str, client: Client = BROWSER) -> None:
    """Try a wrong password."""
    with pytest.raises(InvalidCredentials):
        await auth.logins.passwords.login(email, "a wrong password", client, BODY)


async def all_is_written(auth: Auth) -> None:
    """Wait for the task that writes to have nothing left to do."""
    writer = auth.resources.events._writer
    assert writer
    await until(writer.done)


def record(auth: Auth, user: User, reason: str, client: Client = BROWSER) -> None:
    """Have something happen to somebody, and nothing else."""
    log = auth.resources.log
    log.record(Event.PASSWORD_CHANGED, client, user_id=user.id, reason=reason)


# What is stored


async def test_an_event_is_a_row_with_who_when_and_where(auth: Auth, clock: FrozenClock) -> None:
    """All that the log says, and the browser."""
    user = await auth.accounts.create("ada@example.com", PASSWORD, client=BROWSER)
    clock.tick(1)
    issued = await log_in(auth, "ada@example.com", client=PHONE)
    registered, logged_in = await stored(auth)
    assert isinstance(registered.pop("id"), UUID)
    assert registered == {
        "kind": "registered",
        "occurred_at": NOON,
        "user_id": user.id,
        "session_id": None,
        "client_id": None,
        "reason": None,
        "count": None,
        "ip_address": "192.0.2.1",
        "user_agent": "Firefox",
        "request_id": "request-1",
    }
    assert (logged_in["kind"], logged_in["occurred_at"]) == (
        "login_succeeded",
        NOON + timedelta(seconds=1),
    )
    assert logged_in["session_id"] == issued.session.id
    assert logged_in["user_agent"] == "Safari"


async def test_a_life_of_a_session_is_all_its_owner_s(
    auth: Auth, ada: User, clock: FrozenClock
) -> None:
    """Each row names the person and the session: else it would outlive them."""
    issued = await begin(auth, ada)
    renewed = await refresh(auth, issued.refresh_token)
    await refresh(auth, issued.refresh_token)
    await auth.sessions.revocation.logout(None, [renewed.refresh_token], BROWSER)
    other = await begin(auth, ada)
    await auth.sessions.revocation.revoke_by_id(other.session.id, BROWSER)
    rows = (await stored(auth))[1:]
    assert [(row["kind"], row["user_id"], row["session_id"]) for row in rows] == [
        ("token_refreshed", ada.id, issued.session.id),
        ("token_reissued", ada.id, issued.session.id),
        ("logged_out", ada.id, issued.session.id),
        ("sessions_revoked", ada.id, other.session.id),
    ]


async def test_what_a_stranger_sends_is_stored_as_text_that_can_be_shown(
    auth: Auth, ada: User
) -> None:
    """On both databases alike: neither takes everything."""
    odd = Client("2001:db8::1", "\0\ud800\x1b[31m" + "x" * 500, "r")
    record(auth, ada, "y" * 100, odd)
    row = (await stored(auth))[-1]
    assert row["user_agent"] == "[31m" + "x" * 396
    assert row["reason"] == "y" * 64


@pytest.mark.parametrize(
    ("address", "neighbourhood"),
    [
        ("192.0.2.77", "192.0.2.0/24"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1::/48"),
        ("::ffff:192.0.2.77", "192.0.2.0/24"),
        (None, None),
    ],
)
async def test_an_event_of_nobody_tells_no_address_and_no_browser(
    auth: Auth, address: str | None, neighbourhood: str | None
) -> None:
    """It could not be found again when the person whose address it is leaves."""
    await fail_to_log_in(auth, "nobody@example.com", Client(address, "Firefox", "r"))
    (row,) = await stored(auth)
    assert (row["kind"], row["reason"], row["user_id"]) == ("login_failed", "unknown address", None)
    assert (row["ip_address"], row["user_agent"]) == (neighbourhood, None)


async def test_nothing_is_stored_where_nothing_is_to_be_kept(make_auth: MakeAuth) -> None:
    """Of refreshes or of anything."""
    without_refreshes = await make_auth(event_ttl=86400, refresh_event_ttl=0)
    ada = await without_refreshes.accounts.create("ada@example.com", None)
    await refresh(without_refreshes, (await begin(without_refreshes, ada)).refresh_token)
    assert await kinds(without_refreshes) == ["registered"]
    nothing = await make_auth(event_ttl=0)
    await nothing.accounts.create("grace@example.com", None)
    assert await kinds(nothing) == ["registered"]


# How


async def test_events_are_written_in_batches_in_the_order_in_which_they_happened(
    auth: Auth, ada: User, statements: Statements
) -> None:
    """By a task that is there only while there is something to write."""
    others = asyncio.all_tasks()
    statements.seen.clear()
    for number in range(BATCH + 10):
        record(auth, ada, str(number))
    await all_is_written(auth)
    writes = [one for one in statements.seen if one.startswith("INSERT INTO authberry_event")]
    assert len(writes) < (BATCH + 10) / 10
    rows = (await everything(auth))["SecurityEvent"]
    assert [row["reason"] for row in rows[1:]] == [str(number) for number in range(BATCH + 10)]
    assert asyncio.all_tasks() <= others


async def test_what_waits_is_written_when_the_service_stops(make_auth: MakeAuth) -> None:
    """Also by a command that is over at once."""
    auth = await make_auth(event_ttl=86400)
    ada = await auth.accounts.create("ada@example.com", None)
    await auth.accounts.enable(ada, BROWSER)
    assert [row["kind"] for row in (await everything(auth))["SecurityEvent"]] == ["registered"]
    await auth.close()
    assert await kinds(await make_auth()) == ["registered", "user_enabled"]


async def test_what_is_a_transaction_has_its_event_in_it(
    auth: Auth, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that is killed next has lost none of these."""
    monkeypatch.setattr("authberry.events.store.PAUSE", 3600)
    issued = await register(auth, "ada@example.com")
    await auth.accounts.password_changes.set(issued.user, "another horse, another staple", BROWSER)
    await auth.accounts.disable(issued.user, BROWSER)
    rows = (await everything(auth))["SecurityEvent"]
    assert [row["kind"] for row in rows] == ["registered", "password_changed", "user_disabled"]
    assert {row["user_id"] for row in rows} == {issued.user.id}


async def test_what_waits_is_older_than_what_a_transaction_writes_meanwhile(
    auth: Auth, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By its id, which is the order of all that is listed."""
    monkeypatch.setattr("authberry.events.store.PAUSE", 3600)
    ada = await auth.accounts.create("ada@example.com", PASSWORD)
    await fail_to_log_in(auth, "ada@example.com")
    await auth.accounts.disable(ada, BROWSER)
    assert await kinds(auth) == ["registered", "login_failed", "user_disabled"]


async def test_a_transaction_that_fails_is_no_event(
    auth: Auth, ada: User, statements: Statements, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither a row nor a line."""
    with caplog.at_level(logging.WARNING, "authberry.security"):
        number = 1
        while await statements.break_(number, auth.accounts.disable(ada, BROWSER)):
            number += 1
            assert await kinds(auth) == ["registered"]
            assert "authberry.security" not in {line.name for line in caplog.records}
    assert await kinds(auth) == ["registered", "user_disabled"]
    assert "authberry.security" in {line.name for line in caplog.records}


async def test_a_database_that_is_away_costs_no_event(
    make_auth: MakeAuth, statements: Statements, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody who acts hears of it, and none is written twice when the answer was lost."""
    monkeypatch.setattr("authberry.events.store.PAUSE", 3600)
    auth = await make_auth(event_ttl=86400)
    ada = await auth.accounts.create("ada@example.com", None)
    await auth.resources.events.flush()
    for answer_is_lost in (False, True):
        number = 1
        while True:
            record(auth, ada, f"{answer_is_lost} {number}")
            flushing = auth.resources.events.flush()
            if not await statements.break_(number, flushing, answer_is_lost=answer_is_lost):
                break
            number += 1
        assert number > 1
    reasons = [row["reason"] for row in (await stored(auth))[1:]]
    assert len(reasons) == len(set(reasons)) > 2
    assert reasons == sorted(reasons)


async def test_the_task_tries_again_until_the_database_is_back(
    auth: Auth,
    ada: User,
    statements: Statements,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It says so once."""
    monkeypatch.setattr("authberry.events.store.RETRY", 0.05)
    with caplog.at_level(logging.WARNING, LOGGER):
        issued = await begin(auth, ada)
        await refresh(auth, issued.refresh_token)
        with statements.broken():
            await until(lambda: LOGGER in [line.name for line in caplog.records])
        await all_is_written(auth)
    lines = [vars(line)["event"] for line in caplog.records if line.name == LOGGER]
    assert lines == ["events wait for the database"]
    assert [row["kind"] for row in (await everything(auth))["SecurityEvent"]] == [
        "registered",
        "token_refreshed",
    ]


async def test_beyond_the_bound_events_are_dropped_and_counted(
    auth: Auth, ada: User, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Memory is bounded, and one line says how many are missing."""
    assert MOST_WAITING == 10_000
    monkeypatch.setattr("authberry.events.store.MOST_WAITING", 3)
    await auth.resources.events.flush()
    for number in range(8):
        record(auth, ada, str(number))
    with caplog.at_level(logging.WARNING, LOGGER):
        await all_is_written(auth)
    (line,) = [line for line in caplog.records if line.name == LOGGER]
    assert (vars(line)["event"], vars(line)["count"]) == ("events dropped", 5)
    rows = (await everything(auth))["SecurityEvent"]
    assert [row["reason"] for row in rows[1:]] == ["0", "1", "2"]


async def test_no_event_is_written_of_somebody_who_is_not_there(
    auth: Auth, make_auth: MakeAuth, ada: User
) -> None:
    """Another process may still hold some when a person is deleted."""
    other = await make_auth(event_ttl=86400)
    await other.sessions.revocation.revoke_all(ada.id, BROWSER, reason="late")
    await fail_to_log_in(other, "nobody@example.com")
    assert await auth.accounts.deletion.delete(ada, Client())
    await other.resources.events.flush()
    left = set(await kinds(auth)) - {"mail_sent"}  # the last one, to nobody in particular
    assert left == {"account_deleted", "login_failed"}


# Floods


async def test_what_anybody_can_do_at_will_is_a_row_a_minute(
    make_auth: MakeAuth, clock: FrozenClock
) -> None:
    """With how often it was; the log has a line of each."""
    auth = await make_auth(event_ttl=86400, login_attempts=None)
    for _ in range(5):
        await fail_to_log_in(auth, "nobody@example.com")
    await fail_to_log_in(auth, "nobody@example.com", PHONE)
    assert [row["count"] for row in await stored(auth)] == [None, None]
    clock.tick(60)
    await until(lambda: _has_rows(auth, 3))
    await fail_to_log_in(auth, "nobody@example.com")
    await auth.close()
    rows = await stored(await make_auth())
    assert [(row["ip_address"], row["count"]) for row in rows] == [
        ("192.0.2.0/24", None),
        ("198.51.100.0/24", None),
        ("192.0.2.0/24", 4),
        ("192.0.2.0/24", 1),
    ]


async def test_what_people_do_to_themselves_at_will_is_a_row_a_minute(
    make_auth: MakeAuth, clock: FrozenClock
) -> None:
    """In each session, with how often it was, or with how many sessions ended."""
    auth = await make_auth(event_ttl=86400, change_attempts=None)
    ada = await auth.accounts.create("ada@example.com", None)
    phone, tablet = [await viewer_of(auth, await begin(auth, ada)) for _ in range(2)]
    for number in range(5):
        await auth.accounts.profiles.update(phone, BROWSER, name=f"Ada {number}")
    await auth.accounts.profiles.update(tablet, PHONE, name="Ada")
    for _ in range(3):
        for _ in range(2):
            await begin(auth, ada)
        await auth.sessions.revocation.revoke_others(phone, BROWSER)
    assert [(row["kind"], row["count"]) for row in (await stored(auth))[1:]] == [
        ("profile_changed", None),
        ("profile_changed", None),
        ("sessions_revoked", 3),
    ]
    clock.tick(60)
    await until(lambda: _has_rows(auth, 6))
    rows = (await stored(auth))[4:]
    assert [(row["kind"], row["session_id"], row["count"]) for row in rows] == [
        ("profile_changed", phone.session.id, 4),
        ("sessions_revoked", None, 4),
    ]
    assert {(row["user_id"], row["ip_address"], row["user_agent"]) for row in rows} == {
        (ada.id, "192.0.2.1", "Firefox")
    }


async def test_a_flood_of_others_hides_nobody_s_address(
    make_auth: MakeAuth, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where no more networks are told apart, what people do themselves is a row each."""
    monkeypatch.setattr("authberry.events.sampling.MOST", 0)
    auth = await make_auth(event_ttl=86400)
    ada = await auth.accounts.create("ada@example.com", None)
    viewer = await viewer_of(auth, await begin(auth, ada))
    for number in range(3):
        await auth.accounts.profiles.update(viewer, PHONE, name=f"Ada {number}")
    rows = (await stored(auth))[1:]
    assert [(row["kind"], row["ip_address"]) for row in rows] == [
        ("profile_changed", "198.51.100.7")
    ] * 3


async def test_refusals_for_too_many_attempts_do_not_fill_the_disk(make_auth: MakeAuth) -> None:
    """A thousand of them from one network are two rows."""
    auth = await make_auth(event_ttl=86400)
    for _ in range(5):
        await fail_to_log_in(auth, "nobody@example.com")
    for _ in range(200):
        with pytest.raises(Exception, match="Too many"):
            await auth.logins.passwords.login("nobody@example.com", "x" * 10, BROWSER, BODY)
    await auth.close()
    rows = await stored(await make_auth())
    assert [(row["kind"], row["reason"], row["count"]) for row in rows] == [
        ("login_failed", "unknown address", None),
        ("attempts_exceeded", "login", None),
        ("login_failed", "unknown address", 4),
        ("attempts_exceeded", "login", 199),
    ]


async def test_a_thousand_networks_are_told_apart_and_no_more(
    make_auth: MakeAuth, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever has more is counted as one, of nowhere."""
    monkeypatch.setattr("authberry.events.sampling.MOST", 3)
    auth = await make_auth(event_ttl=86400, login_attempts=None)
    for number in range(10):
        client = Client(f"198.51.{number}.1", "Firefox", "r")
        auth.resources.log.record(Event.LOGIN_FAILED, client, reason="unknown address")
    await auth.close()
    rows = await stored(await make_auth())
    assert [(row["ip_address"], row["count"]) for row in rows] == [
        ("198.51.0.0/24", None),
        ("198.51.1.0/24", None),
        ("198.51.2.0/24", None),
        (None, None),
        (None, 6),
    ]


async def _has_rows(auth: Auth, number: int) -> bool:
    with auth.database.use():
        return await SecurityEvent.all().count() == number

"""Events are written a batch at a time, once, in order, also while the database is away."""

import asyncio
import logging

import pytest
from deleted_account import until
from event_rows import MakeAuth, auth, fail_to_log_in, kinds, record, stored
from people import BROWSER, PASSWORD, begin, refresh, register
from rows import everything
from statements import Statements

from authberry import Auth, Client
from authberry.events.store import BATCH, MOST_WAITING
from authberry.models import User

pytestmark = pytest.mark.one_process("each process has a store of its own")
__all__ = ["auth"]
LOGGER = "authberry.event_store"


async def all_is_written(auth: Auth) -> None:
    """Wait for the task that writes to have nothing left to do."""
    writer = auth.resources.events._writer
    assert writer
    await until(writer.done)


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

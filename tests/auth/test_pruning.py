"""Pruning: what is over is deleted; what lives is not, and does not notice."""

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, aclosing
from datetime import timedelta
from itertools import pairwise
from uuid import UUID, uuid4

import pytest
from clocks_moved import LoopClock, WallClock, loop_clock, wall
from database_servers import Valkey
from deleted_account import mails
from factor_rows import (
    add_app,
    add_external_login,
    add_factor_reset,
    add_passkey,
    add_pending_login,
    add_recovery_code,
    add_spent_challenge,
    add_trusted_device,
)
from frozen_clock import FrozenClock
from people import BROWSER, begin, outcome, refresh
from rows import everything
from statements import Statements
from waiting import until

from authberry import Auth, Issued
from authberry.errors import RefreshTokenInvalid
from authberry.events.log import Event
from authberry.models import RefreshToken, User
from authberry.pruning import Progress
from authberry.pruning.progress import PAGE, Kind
from authberry.pruning.pruning import RETRY, SHARE
from authberry.pruning.session_walk import KEPT
from authberry.settings import LinkPurpose
from authberry.signing.keys import PUBLISH_BEFORE
from authberry.throttle import Budget, Throttle

__all__ = ["loop_clock", "wall"]

MakeAuth = Callable[..., Awaitable[Auth]]
LOGGER = "authberry.pruning"
HOUR = 3600  # seconds
RESTS = 0.001  # seconds that pass at each look, since it rests between its pages


async def sessions_left(auth: Auth) -> set[UUID]:
    """The ids of the rows there are."""
    return {row["id"] for row in (await everything(auth))["RefreshToken"]}


async def make_dead(auth: Auth, ada: User, clock: FrozenClock, number: int) -> None:
    """Let sessions begin and end, and two days go by."""
    for _ in range(number):
        await begin(auth, ada)
    await auth.sessions.revocation.revoke_all(ada.id, BROWSER, reason="operator")
    clock.tick(timedelta(days=2))


async def logged(caplog: pytest.LogCaptureFixture, number: int) -> list[logging.LogRecord]:
    """Wait for so many records."""

    async def are_there() -> bool:
        return len(caplog.records) >= number

    await until(are_there)
    return caplog.records


# What is deleted


async def test_sessions_are_deleted_that_have_been_dead_for_a_day(
    auth: Auth, ada: User, issued: Issued, clock: FrozenClock
) -> None:
    """Live ones, and the newly dead, stay: their tokens are told what happened to them."""
    expired = await begin(auth, ada)
    clock.tick(timedelta(days=13))
    revoked = await begin(auth, ada)
    await auth.sessions.revocation.revoke_by_id(revoked.session.id, BROWSER)
    live = await refresh(auth, issued.refresh_token)

    clock.tick(KEPT)
    assert (await auth.pruning.prune()).deleted_sessions == 0
    clock.tick(timedelta(microseconds=1))
    assert (await auth.pruning.prune()).deleted_sessions == 1
    clock.time = expired.session.expires_at + KEPT + timedelta(microseconds=1)
    assert (await auth.pruning.prune()).deleted_sessions == 1

    assert await sessions_left(auth) == {issued.session.id}
    clock.tick(31)
    assert isinstance(await outcome(auth, live.refresh_token), str)


async def test_spent_keys_are_deleted_too(auth: Auth, clock: FrozenClock) -> None:
    """Those of which no token can be good any more."""
    added = await auth.signing.keys.rotate()
    clock.tick(PUBLISH_BEFORE + timedelta(hours=1))
    assert (await auth.pruning.prune()).deleted_keys == 1
    assert [row["kid"] for row in (await everything(auth))["SigningKey"]] == [added.key.kid]


async def test_between_no_two_statements_of_a_walk_is_a_live_session_lost(
    auth: Auth, make_auth: MakeAuth, ada: User, clock: FrozenClock, statements: Statements
) -> None:
    """Refreshed before whichever statement, it stays or was gone already: the DELETE looks too."""
    late = FrozenClock()
    behind = await make_auth(clock=late)
    number = 1
    while True:
        issued = await begin(behind, ada)
        late.tick(timedelta(days=13))
        clock.time = issued.session.expires_at + KEPT + timedelta(seconds=1)
        answers: list[object] = []

        async def refresh_it(token: str = issued.refresh_token) -> None:
            answers.append(await outcome(behind, token))  # noqa: B023 - called before the next

        if not await statements.before(number, auth.pruning.prune(), refresh_it):
            break
        is_kept = issued.session.id in await sessions_left(auth)
        assert is_kept == isinstance(answers[0], str)
        number += 1
    assert number > 3


async def test_a_session_that_is_refreshed_meanwhile_is_not_deleted(
    auth: Auth,
    make_auth: MakeAuth,
    ada: User,
    clock: FrozenClock,
) -> None:
    """One server's clock says dead for a day, another's says live: whoever is first wins.

    Whoever was given a new token has a session; who was refused has none.
    """
    begun = [await begin(auth, ada) for _ in range(40)]
    clock.time = begun[0].session.expires_at + KEPT + timedelta(seconds=1)
    behind = await make_auth(clock=FrozenClock(begun[0].session.expires_at - timedelta(seconds=1)))

    async def refreshed(issued: Issued) -> bool:
        answer = await outcome(behind, issued.refresh_token)
        assert isinstance(answer, str) or answer is RefreshTokenInvalid
        return isinstance(answer, str)

    answers = await asyncio.gather(
        *map(refreshed, begun[:20]), auth.pruning.prune(), *map(refreshed, begun[20:])
    )

    (progress,) = (answer for answer in answers if isinstance(answer, Progress))
    kept = {
        issued.session.id
        for issued, is_live in zip(begun, [*answers[:20], *answers[21:]], strict=True)
        if is_live
    }
    assert await sessions_left(auth) == kept
    assert progress.deleted_sessions == len(begun) - len(kept)


# In which order


async def make_due(auth: Auth, clock: FrozenClock, *, accounts: int, others: int) -> None:
    """Let accounts, links, events and sessions all be over."""
    people = [
        await auth.accounts.create(f"{number}@example.com", None) for number in range(accounts)
    ]
    ada = await auth.accounts.create("ada@example.com", None)
    for _ in range(others):
        await auth.links.tokens.issue(ada, LinkPurpose.RESET_PASSWORD)
        await add_pending_login(auth, ada)
        auth.resources.log.record(Event.LOGIN_SUCCEEDED, BROWSER, user_id=ada.id)
    await auth.resources.events.flush()
    with auth.database.use():
        await User.filter(id__in=[one.id for one in people]).update(deletes_at=clock.now())
    await make_dead(auth, ada, clock, others)


@pytest.mark.one_process("each process has a store of its own")
async def test_what_is_due_by_law_goes_first_and_in_turns(
    make_auth: MakeAuth, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page of each kind, accounts first; however much there is of one, the next has its turn."""
    monkeypatch.setattr("authberry.accounts.deletion.PAGE", 1)
    monkeypatch.setattr("authberry.pruning.progress.PAGE", 2)
    auth = await make_auth(event_ttl=86_400)
    await make_due(auth, clock, accounts=3, others=6)

    seen = [progress async for progress in auth.pruning.walk()]

    kinds = (Kind.ACCOUNTS, Kind.LINKS, Kind.PENDING_LOGINS, Kind.EVENTS, Kind.SESSIONS)
    steps = dict.fromkeys(tuple(step.deleted(kind) for kind in kinds) for step in seen)
    assert list(steps)[:10] == [
        (1, 0, 0, 0, 0),
        (1, 2, 0, 0, 0),
        (1, 2, 2, 0, 0),
        (1, 2, 2, 2, 0),
        (1, 2, 2, 2, 2),
        (2, 2, 2, 2, 2),
        (2, 4, 2, 2, 2),
        (2, 4, 4, 2, 2),
        (2, 4, 4, 4, 2),
        (2, 4, 4, 4, 4),
    ]
    whole = seen[-1]
    assert (whole.deleted_accounts, whole.deleted_links, whole.deleted_sessions) == (3, 6, 6)
    assert [row["email"] for row in (await everything(auth))["User"]] == ["ada@example.com"]


async def test_accounts_go_in_the_order_in_which_they_are_due(
    auth: Auth, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also those that are due at one moment are all found."""
    monkeypatch.setattr("authberry.accounts.deletion.PAGE", 2)
    for number, days in enumerate((3, 1, 2, 2, 2)):
        user = await auth.accounts.create(f"{number}@example.com", None)
        with auth.database.use():
            at = clock.now() - timedelta(days=days)
            await User.filter(id=user.id).update(deletes_at=at)

    async with aclosing(auth.pruning.walk()) as walk:
        assert (await anext(walk)).deleted_accounts == 2
    assert (await left_due(auth, clock))[0] == {1, 2}
    assert (await auth.pruning.prune()).deleted_accounts == 3
    assert await left_due(auth, clock) == (set(), 0)


async def left_due(auth: Auth, clock: FrozenClock) -> tuple[set[int], int]:
    """Since how many days those accounts have been due that are there, and how many they are."""
    rows = (await everything(auth))["User"]
    return {(clock.now() - row["deletes_at"]).days for row in rows}, len(rows)


async def test_a_walk_over_sessions_goes_on_where_the_last_one_stopped(
    auth: Auth,
    ada: User,
    make_auth: MakeAuth,
    clock: FrozenClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """However often servers are restarted, they get round; and one walk goes round once."""
    monkeypatch.setattr("authberry.pruning.progress.PAGE", 3)
    live = {(await begin(auth, ada)).session.id for _ in range(10)}
    await make_dead_of(auth, clock, dead := [(await begin(auth, ada)).session.id for _ in range(5)])

    looked_at = []
    for _ in range(5):  # 15 sessions, three at each start
        server = await make_auth()
        async with aclosing(server.pruning.walk()) as walk:
            async for progress in walk:
                if progress.sessions:
                    looked_at.append(progress.sessions)
                    break

    assert looked_at == [3] * 5
    assert await sessions_left(auth) == live
    assert len(dead) == 5
    again = await auth.pruning.prune()
    assert (again.sessions, again.deleted_sessions, again.share) == (10, 0, 1)


async def make_dead_of(auth: Auth, clock: FrozenClock, ids: list[UUID]) -> None:
    """Let some of the sessions be over."""
    with auth.database.use():
        await RefreshToken.filter(id__in=ids).update(revoked_at=clock.now() - KEPT - KEPT)


# How


async def test_it_walks_page_by_page(
    auth: Auth, ada: User, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the number of rows, each statement is about few; all are seen, once."""
    assert PAGE == 250
    monkeypatch.setattr("authberry.pruning.progress.PAGE", 3)
    await make_dead(auth, ada, clock, 10)
    live = await begin(auth, ada)

    seen = [progress async for progress in auth.pruning.walk()]

    assert list(dict.fromkeys(progress.sessions for progress in seen)) == [0, 3, 6, 9, 11]
    shares = [progress.share for progress in seen if progress.sessions]
    assert shares == sorted(shares)
    assert shares[-1] == 1
    steps = [0, *(progress.deleted_sessions for progress in seen)]
    assert max(later - sooner for sooner, later in pairwise(steps)) <= 3
    assert seen[-1] == Progress(11, 10, share=1)
    assert await sessions_left(auth) == {live.session.id}


async def test_it_rests_nine_times_as_long_as_it_works(
    auth: Auth,
    ada: User,
    clock: FrozenClock,
    statements: Statements,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A database that is slow because it is busy is left alone for longer."""
    assert SHARE == 0.1
    monkeypatch.setattr("authberry.pruning.progress.PAGE", 3)
    await make_dead(auth, ada, clock, 3)
    statements.seen.clear()
    statements.delay = 0.02

    async with aclosing(auth.pruning.walk()) as walk:
        while not (await anext(walk)).sessions:
            statements.seen.clear()
        began, worked = time.monotonic(), len(statements.seen) * statements.delay
        await anext(walk)

    assert worked >= 0.04
    assert time.monotonic() - began >= 9 * worked


async def test_a_database_that_goes_away_is_told_and_nothing_is_lost(
    auth: Auth,
    ada: User,
    issued: Issued,
    clock: FrozenClock,
    statements: Statements,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whichever statement it is; what is left is deleted by the next walk."""
    monkeypatch.setattr("authberry.pruning.progress.PAGE", 3)
    await make_dead(auth, ada, clock, 10)
    live = await begin(auth, ada)
    number = 1
    while await statements.break_(number, auth.pruning.prune()):
        assert live.session.id in await sessions_left(auth)
        number += 1
    assert number > 3  # every statement of a page
    assert await sessions_left(auth) == {live.session.id}


# By itself


async def test_a_server_prunes_by_itself(
    make_auth: MakeAuth, caplog: pytest.LogCaptureFixture, clock: FrozenClock
) -> None:
    """Within the interval, and says so; a program that only opened the rules does not."""
    auth = await make_auth(prune_interval=0.2)
    await make_dead(auth, await auth.accounts.create("ada@example.com", None), clock, 3)
    await asyncio.sleep(0.3)
    assert len(await sessions_left(auth)) == 3

    with caplog.at_level(logging.INFO, LOGGER):
        async with auth.pruning.in_background():
            (record,) = await logged(caplog, 1)
    assert await sessions_left(auth) == set()
    assert (vars(record)["event"], record.levelname) == ("pruned", "INFO")
    counts = {kind.value: vars(record)[kind.value] for kind in Kind}
    assert counts == {kind.value: 3 if kind is Kind.SESSIONS else 0 for kind in Kind}


async def test_it_stops_with_the_server(
    make_auth: MakeAuth, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At once, wherever it is; and with an interval of 0 it never begins."""
    auth = await make_auth(prune_interval=0.001)
    await make_due(auth, clock, accounts=3, others=0)

    async def has_begun() -> bool:
        return len((await everything(auth))["User"]) < 4

    others = asyncio.all_tasks()
    monkeypatch.setattr("authberry.accounts.deletion.PAGE", 1)
    monkeypatch.setattr("authberry.pruning.pruning.SHARE", 0.00001)
    began = time.monotonic()
    async with auth.pruning.in_background():
        (task,) = asyncio.all_tasks() - others
        await until(has_begun)
    assert time.monotonic() - began < 60
    assert task.done()
    assert len((await everything(auth))["User"]) == 3

    never, others = await make_auth(prune_interval=0), asyncio.all_tasks()
    async with never.pruning.in_background():
        assert asyncio.all_tasks() == others


async def test_of_several_servers_one_takes_the_turn(
    make_auth: MakeAuth,
    valkey: Valkey,
    loop_clock: LoopClock,
    wall: WallClock,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """They count turns where they count attempts; the next turn comes an interval later."""
    settings: dict[str, object] = {"throttle_url": valkey.url, "prune_interval": HOUR}
    servers = [await make_auth(**settings) for _ in range(4)]
    turns = [watched(server.throttle, monkeypatch) for server in servers]
    caplog.set_level(logging.INFO, LOGGER)
    loop_clock.stop()
    async with AsyncExitStack() as stack:
        for server in servers:
            await stack.enter_async_context(server.pruning.in_background())
        await loop_clock.advance(0)
        for number in (1, 2):
            wall.now += HOUR * 1.25
            await loop_clock.advance(HOUR * 1.25)

            def are_done(number: int = number) -> bool:
                return {len(asked) for asked in turns} == {number} == {len(caplog.records)}

            await loop_clock.until(are_done, step=RESTS)
            assert sum(asked[-1] for asked in turns) == 1


def watched(throttle: Throttle, monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Whether each turn that a server asks for is its own."""
    answers: list[bool] = []
    take = throttle.take

    async def taken(budget: Budget) -> bool:
        answers.append(await take(budget))
        return answers[-1]

    monkeypatch.setattr(throttle, "take", taken)
    return answers


def told(caplog: pytest.LogCaptureFixture) -> list[logging.LogRecord]:
    """What pruning has logged, beside what the database refused."""
    return [record for record in caplog.records if record.name == LOGGER]


async def test_a_turn_that_fails_is_taken_again_soon(
    make_auth: MakeAuth,
    clock: FrozenClock,
    caplog: pytest.LogCaptureFixture,
    statements: Statements,
    loop_clock: LoopClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A database that is away is a warning, and does not cost the turn."""
    auth = await make_auth(prune_interval=HOUR)
    given_back = asyncio.Event()
    restore = auth.throttle.restore

    async def restored(*budgets: Budget) -> None:
        await restore(*budgets)
        given_back.set()

    monkeypatch.setattr(auth.throttle, "restore", restored)
    await make_dead(auth, await auth.accounts.create("ada@example.com", None), clock, 3)
    loop_clock.stop()
    with caplog.at_level(logging.INFO, LOGGER), statements.broken():
        async with auth.pruning.in_background():
            await loop_clock.advance(0)
            await loop_clock.advance(HOUR)
            await loop_clock.until(given_back.is_set, step=RESTS)
            await loop_clock.advance(RETRY.total_seconds())
            await loop_clock.until(lambda: len(told(caplog)) == 2, step=RESTS)
    failed, done = told(caplog)
    assert (vars(failed)["event"], failed.levelname) == ("pruning put off", "WARNING")
    assert vars(done)["event"] == "pruned"
    assert await sessions_left(auth) == set()


# Logins that wait, devices, challenges and resets of factors


async def test_what_expires_is_deleted_when_it_does(
    auth: Auth, ada: User, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page at a time; what is still good stays, a challenge for a server whose clock is late."""
    monkeypatch.setattr("authberry.pruning.progress.PAGE", 2)
    hour = timedelta(hours=1)
    for lasts in [hour] * 5 + [2 * hour]:
        await add_pending_login(auth, ada, lasts)
        await add_external_login(auth, None, lasts)
        await add_trusted_device(auth, ada, lasts)
        await add_spent_challenge(auth, lasts)

    clock.tick(hour - timedelta(seconds=1))
    assert await auth.pruning.prune() == Progress(0, share=1)
    clock.tick(1)
    assert await auth.pruning.prune() == Progress(
        0,
        deleted_pending_logins=5,
        deleted_trusted_devices=5,
        deleted_external_logins=5,
        share=1,
    )
    clock.tick(timedelta(minutes=5))
    assert await auth.pruning.prune() == Progress(0, deleted_challenges=5, share=1)

    rows = await everything(auth)
    for table in ("PendingLogin", "TrustedDevice", "SpentChallenge", "ExternalLogin"):
        (left,) = rows[table]
        assert left["expires_at"] == clock.now() + hour - timedelta(minutes=5)


@pytest.mark.one_process("each process has a store of its own")
async def test_a_reset_of_factors_is_carried_out_when_its_wait_is_over(
    make_auth: MakeAuth, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also if nobody logs in: every factor goes, with a mail and an event; of nobody else."""
    monkeypatch.setattr("authberry.pruning.progress.PAGE", 2)
    auth = await make_auth(event_ttl=90 * 86_400, security_notices=True)
    people = [await auth.accounts.create(f"{name}@example.com", None) for name in "abcde"]
    for number, one in enumerate(people):
        await add_app(auth, one)
        await add_passkey(auth, one)
        await add_recovery_code(auth, one)
        if number < 4:
            await add_factor_reset(auth, one, timedelta(hours=72 if number < 3 else 73))

    clock.tick(timedelta(hours=72) - timedelta(seconds=1))
    assert (await auth.pruning.prune()).deleted_factor_resets == 0
    clock.tick(1)
    assert (await auth.pruning.prune()).deleted_factor_resets == 3
    assert (await auth.pruning.prune()).deleted_factor_resets == 0

    rows = await everything(auth)
    clock.tick(timedelta(hours=2))
    assert (await auth.pruning.prune()).deleted_factor_resets == 1
    kept = {one.id for one in people[3:]}
    for table in ("Totp", "Passkey", "RecoveryCode"):
        assert {row["user_id"] for row in rows[table]} == kept
    assert {row["user_id"] for row in rows["FactorReset"]} == {people[3].id}
    await auth.resources.events.flush()
    events = (await everything(auth))["SecurityEvent"]
    told = {row["user_id"] for row in events if row["kind"] == "factors_reset"}
    assert told == {one.id for one in people[:4]}
    sent = await mails(auth, 4)
    assert {mail["To"] for mail in sent} == {one.email for one in people[:4]}


# Events, links and accounts


@pytest.mark.one_process("each process has a store of its own")
async def test_events_are_deleted_when_they_are_old_and_refreshes_sooner(
    make_auth: MakeAuth, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By their ids, which are in the order of time, a page at a time."""
    monkeypatch.setattr("authberry.pruning.progress.PAGE", 3)
    auth = await make_auth(event_ttl=90 * 86400, refresh_event_ttl=86400)
    user = await auth.accounts.create("ada@example.com", None)
    log = auth.resources.log

    async def happen() -> None:
        for event in (Event.TOKEN_REFRESHED, Event.LOGIN_SUCCEEDED, Event.TOKEN_REISSUED):
            for _ in range(2):
                log.record(event, BROWSER, user_id=user.id, session_id=uuid4())
        await auth.resources.events.flush()

    async def left() -> dict[str, int]:
        rows = (await everything(auth))["SecurityEvent"]
        return dict(Counter(row["kind"] for row in rows))

    await happen()
    clock.tick(timedelta(days=1))
    await happen()
    assert (await auth.pruning.prune()).deleted_events == 0
    clock.tick(timedelta(milliseconds=1))
    assert (await auth.pruning.prune()).deleted_events == 4
    assert await left() == {
        "registered": 1,
        "login_succeeded": 4,
        "token_refreshed": 2,
        "token_reissued": 2,
    }
    clock.tick(timedelta(days=89))
    assert (await auth.pruning.prune()).deleted_events == 3 + 4
    assert await left() == {"login_succeeded": 2}
    clock.tick(timedelta(days=1))
    assert (await auth.pruning.prune()).deleted_events == 2
    assert await left() == {}


@pytest.mark.one_process("each process has a store of its own")
async def test_what_is_no_longer_stored_is_deleted_with_the_next_walk(
    make_auth: MakeAuth, clock: FrozenClock
) -> None:
    """Whoever wants no events any more has none."""
    auth = await make_auth(event_ttl=90 * 86400)
    await auth.accounts.create("ada@example.com", None)
    await auth.resources.events.flush()
    clock.tick(1)
    assert (await (await make_auth(event_ttl=0)).pruning.prune()).deleted_events == 1


async def test_links_past_their_time_are_deleted(auth: Auth, ada: User, clock: FrozenClock) -> None:
    """What is still good stays."""
    await auth.links.tokens.issue(ada, LinkPurpose.RESET_PASSWORD)
    clock.tick(timedelta(minutes=29))
    await auth.links.tokens.issue(ada, LinkPurpose.RESET_PASSWORD)
    assert (await auth.pruning.prune()).deleted_links == 0
    clock.tick(timedelta(minutes=1))
    assert (await auth.pruning.prune()).deleted_links == 1
    assert len((await everything(auth))["OneTimeToken"]) == 1

"""Pruning: what is over is deleted; what lives is not, and does not notice."""

import asyncio
import time
from contextlib import aclosing
from datetime import timedelta
from itertools import pairwise
from uuid import UUID

import pytest
from frozen_clock import FrozenClock
from people import BROWSER, begin, outcome, refresh
from pruning_rows import MakeAuth, make_dead, make_due, sessions_left
from rows import everything
from statements import Statements

from authberry import Auth, Issued
from authberry.errors import RefreshTokenInvalid
from authberry.models import RefreshToken, User
from authberry.pruning import Progress
from authberry.pruning.progress import PAGE, Kind
from authberry.pruning.pruning import SHARE
from authberry.pruning.session_walk import KEPT
from authberry.signing.keys import PUBLISH_BEFORE

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

"""A server prunes by itself, and of several one does."""

import asyncio
import logging
import time
from contextlib import AsyncExitStack

import pytest
from clocks_moved import LoopClock, WallClock, loop_clock, wall
from database_servers import Valkey
from frozen_clock import FrozenClock
from pruning_rows import LOGGER, MakeAuth, make_dead, make_due, sessions_left, told
from rows import everything
from statements import Statements
from waiting import until

from authberry.pruning.progress import Kind
from authberry.pruning.pruning import RETRY
from authberry.throttle import Budget, Throttle

__all__ = ["loop_clock", "wall"]
HOUR = 3600  # seconds
RESTS = 0.001  # seconds that pass at each look, since it rests between its pages


async def logged(caplog: pytest.LogCaptureFixture, number: int) -> list[logging.LogRecord]:
    """Wait for so many records."""

    async def are_there() -> bool:
        return len(caplog.records) >= number

    await until(are_there)
    return caplog.records


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

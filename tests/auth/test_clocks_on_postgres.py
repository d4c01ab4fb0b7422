"""How a process keeps to the clock of PostgreSQL."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
from frozen_clock import NOON, FrozenClock
from statements import Statements

from authberry import Auth, database_clock
from authberry.database_clock import DatabaseClock

MakeAuth = Callable[..., Awaitable[Auth]]
TIMEOUT = 60  # seconds
MINUTE = timedelta(minutes=1)

pytestmark = pytest.mark.one_process("it is about the clock of one process")


@pytest.fixture
def _short_interval(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database_clock, "LOOK_AGAIN", 0.01)


async def until_it_agrees(auth: Auth) -> None:
    """Wait until a process tells the database's time."""
    async with asyncio.timeout(TIMEOUT):
        while not await agrees(auth):  # noqa: ASYNC110 - time has no event
            await asyncio.sleep(0.01)


async def agrees(auth: Auth) -> bool:
    """Whether a process tells the database's time."""
    theirs = await auth.database.now()
    assert theirs is not None
    return abs(theirs - auth.clock.now()) < MINUTE


@pytest.mark.usefixtures("_short_interval")
async def test_a_machine_whose_clock_is_set_is_found_out_at_the_next_look(
    make_auth: MakeAuth,
) -> None:
    """Forward or back, and the machine may have been wrong by months to begin with."""
    machine = FrozenClock(NOON)
    auth = await make_auth(clock=DatabaseClock(machine))
    assert await agrees(auth)
    for seconds in (-3600, 7200):
        machine.tick(seconds)
        await until_it_agrees(auth)


@pytest.mark.usefixtures("_short_interval")
async def test_a_look_that_fails_leaves_the_time_as_it_was_and_is_done_again(
    make_auth: MakeAuth, statements: Statements
) -> None:
    """A database that is away has a clock that goes on."""
    machine = FrozenClock(NOON)
    auth = await make_auth(clock=DatabaseClock(machine))
    machine.tick(-3600)
    async with asyncio.timeout(TIMEOUT):
        with statements.broken():
            while len(statements.seen) < 2:  # noqa: ASYNC110 - a count has no event
                await asyncio.sleep(0.01)
    await until_it_agrees(auth)


async def test_who_closes_looks_no_more(make_auth: MakeAuth) -> None:
    """No task is left behind, and what was seen last holds."""
    tasks = asyncio.all_tasks()
    auth = await make_auth(clock=DatabaseClock(FrozenClock(NOON)))
    assert len(asyncio.all_tasks() - tasks) == 1
    before = auth.clock.now()
    await auth.close()
    assert asyncio.all_tasks() == tasks
    assert auth.clock.now() == before

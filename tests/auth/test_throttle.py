"""How often something may be tried: counted before it is looked at."""

import asyncio
from collections import Counter

import pytest
from clocks_moved import WallClock, wall
from people import BROWSER, PHONE
from throttles import budget, spent, throttle, url

from authberry.errors import TooManyAttempts
from authberry.throttle import Budget, Throttle

__all__ = ["throttle", "url", "wall"]


async def test_a_budget_is_so_many_attempts(throttle: Throttle) -> None:
    """The next one is told how long to wait: whole seconds, at least one, at most the window."""
    for _ in range(3):
        await throttle.spend(BROWSER, budget("3/hour"))
    with pytest.raises(TooManyAttempts) as refusal:
        await throttle.spend(BROWSER, budget("3/hour"))
    assert type(refusal.value.retry_after) is int
    assert 3000 < refusal.value.retry_after <= 3600


async def test_a_hundred_at_once_get_no_more_than_the_budget(throttle: Throttle) -> None:
    """Checking and counting are one step."""
    results = await asyncio.gather(*(spent(throttle, budget("5/hour")) for _ in range(100)))
    assert Counter(results) == {True: 5, False: 95}


async def test_subjects_do_not_share_a_budget(throttle: Throttle) -> None:
    """Nor do two that are written alike when they are put together."""
    for subject in (("a", "b"), ("a",), ("ab",), ("a", "b", "c"), ("a", "bc")):
        assert await spent(throttle, budget("1/hour", *subject))
        assert not await spent(throttle, budget("1/hour", *subject))


async def test_an_empty_budget_leaves_those_behind_it_alone(throttle: Throttle) -> None:
    """Whoever is stopped as a person does not use up the limit of their network."""
    narrow, wide = budget("1/hour", "narrow"), budget("2/hour", "wide")
    assert await spent(throttle, narrow, wide)
    for _ in range(5):
        assert not await spent(throttle, narrow, wide)
    assert await spent(throttle, wide)
    assert not await spent(throttle, wide)


async def test_a_window_moves(throttle: Throttle, wall: WallClock) -> None:
    """An attempt comes back when its own time is over: no edge doubles the budget."""
    limit = budget("2/hour")
    assert await spent(throttle, limit)
    wall.now += 2000
    assert await spent(throttle, limit)
    wall.now += 1590
    assert not await spent(throttle, limit)
    wall.now += 20
    assert await spent(throttle, limit)
    assert not await spent(throttle, limit)


async def test_being_stopped_does_not_make_it_longer(throttle: Throttle, wall: WallClock) -> None:
    """Who goes on trying is let in as soon as who waits: nobody keeps another out for ever."""
    assert await spent(throttle, budget("1/hour"))
    for _ in range(36):
        wall.now += 99
        assert not await spent(throttle, budget("1/hour"))
    wall.now += 40
    assert await spent(throttle, budget("1/hour"))


async def test_a_restored_budget_is_full(throttle: Throttle) -> None:
    """Others are as they were; what is off costs nothing and stops nobody."""
    one, other, off = budget("1/hour", "one"), budget("1/hour", "other"), Budget(None, ("off",))
    assert await spent(throttle, one, other)
    await throttle.restore(one, off)
    assert await spent(throttle, one)
    assert not await spent(throttle, other)
    for _ in range(10):
        assert await spent(throttle, off)


async def test_being_stopped_is_an_event(
    throttle: Throttle, caplog: pytest.LogCaptureFixture
) -> None:
    """With the address, and what was tried; not for whom."""
    caplog.set_level("DEBUG", "authberry")
    await throttle.spend(PHONE, budget("1/hour", "login", "ada@example.com"))
    assert caplog.records == []
    with pytest.raises(TooManyAttempts):
        await throttle.spend(PHONE, budget("1/hour", "login", "ada@example.com"))
    (record,) = caplog.records
    assert vars(record)["event"] == "attempts_exceeded"
    assert vars(record)["reason"] == "login"
    assert vars(record)["address"] == PHONE.address
    assert "ada@example.com" not in repr(vars(record))

"""Attempts that are past are forgotten a few at a time: nobody waits for a look at all of them."""

from itertools import pairwise

from clocks_moved import WallClock, wall
from limits import parse

from authberry.throttle import SWEPT_AT_ONCE, LocalWindows

__all__ = ["wall"]

MANY = 1000
HOURLY = parse("5/hour")


def test_each_attempt_forgets_a_few_until_none_is_left(wall: WallClock) -> None:
    """However many networks have tried something an hour ago."""
    local = LocalWindows()
    for number in range(MANY):
        local.take(HOURLY, f"network {number}")
    assert len(local._windows) == MANY
    wall.now += 3601

    held = [len(local._windows)]
    for _ in range(MANY):
        local.take(HOURLY, "one more")
        held.append(len(local._windows))

    forgotten = [before - after for before, after in pairwise(held)]
    assert max(forgotten) <= SWEPT_AT_ONCE
    assert held[-1] == 1


def test_what_still_counts_is_kept_however_often_it_is_looked_at(wall: WallClock) -> None:
    """Nobody gets more attempts by others' making some."""
    local = LocalWindows()
    assert all(local.take(HOURLY, "one") for _ in range(HOURLY.amount))
    for number in range(MANY):
        wall.now += 3
        local.take(HOURLY, f"network {number}")
        assert not local.take(HOURLY, "one")
    wall.now += 601
    assert local.take(HOURLY, "one")

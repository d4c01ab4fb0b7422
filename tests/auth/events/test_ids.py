"""Ids of events: their order is that of time, whatever the clock does."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from uuid import RFC_4122

from frozen_clock import NOON
from hypothesis import given
from hypothesis import strategies as st

from authberry.events.ids import EventIds, first_id

MILLISECOND = timedelta(milliseconds=1)


def test_an_id_is_a_uuid_of_version_7_that_begins_with_the_time() -> None:
    """As RFC 9562 lays it out: 48 bits of milliseconds, version, variant; the rest is random."""
    first, second = EventIds().next(NOON), EventIds().next(NOON)
    assert (first.version, first.variant) == (7, RFC_4122)
    assert first.int >> 80 == int(NOON.timestamp() * 1000)
    assert first != second


@given(st.lists(st.integers(-5_000, 5_000), min_size=2, max_size=50))
def test_each_id_is_above_the_one_before_it(steps: list[int]) -> None:
    """Also when the clock stands still or goes back."""
    ids, at = EventIds(), NOON
    made = []
    for step in steps:
        at += step * MILLISECOND
        made.append(ids.next(at))
    assert all(sooner < later for sooner, later in pairwise(made))
    assert {one.version for one in made} == {7}


def test_the_first_id_of_a_moment_parts_what_was_before_from_the_rest() -> None:
    """So that a time to delete up to is an id."""
    cutoff = first_id(NOON)
    assert (cutoff.version, cutoff.variant) == (7, RFC_4122)
    assert EventIds().next(NOON - MILLISECOND) < cutoff <= EventIds().next(NOON)
    assert first_id(datetime(1970, 1, 1, tzinfo=UTC)).int >> 80 == 0

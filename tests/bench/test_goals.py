"""Ratios are computed from medians, and a bound itself is met."""

from typing import Literal

import pytest

from bench.figures import CLIENTS, Read, rate
from bench.goals import Goal, GoalResult, judge
from bench.measurements import Cell
from bench.results import Results

OURS: Read = rate("ours", "sqlite", "me")
THEIRS: Read = rate("theirs", "sqlite", "me")


def results(**rounds: tuple[float, ...]) -> Results:
    """What so many rounds have measured, by contestant, in requests a second."""
    results = Results({})
    for name, values in rounds.items():
        for value in values:
            results.add(Cell(name, "sqlite", "me", CLIENTS), {"per_second": value})
    return results


@pytest.mark.parametrize(
    ("ours", "bound", "met"),
    [(3000, "at least", True), (2999, "at least", False), (3000, "at most", True)],
)
def test_a_goal_is_met_at_its_bound(
    ours: float, bound: Literal["at least", "at most"], *, met: bool
) -> None:
    """Three times as much is at least, and at most, three times as much."""
    goal = Goal("me", OURS, THEIRS, 3.0, bound)
    result = judge(goal, results(ours=(ours,), theirs=(1000,)))
    assert result == GoalResult(
        "me", f"{bound} 3x", "theirs, 1,000/s", f"{ours:,}/s", ours / 1000, met
    )


def test_one_slow_round_of_three_changes_nothing() -> None:
    """The median counts, on both sides."""
    goal = Goal("me", OURS, THEIRS, 3.0, "at least")
    result = judge(goal, results(ours=(10, 4000, 4100), theirs=(1000, 90_000, 900)))
    assert result.ratio == 4.0


def test_what_was_not_measured_is_not_met() -> None:
    """A goal without an opponent names what is missing."""
    goal = Goal("me", OURS, THEIRS, 3.0, "at least", "the others")
    result = judge(goal, results(ours=(4000,)))
    assert result == GoalResult("me", "at least 3x", "the others", missing="theirs, sqlite: me")

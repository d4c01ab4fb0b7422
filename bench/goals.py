"""Where it must arrive: ratios within one run, computed from what was measured."""

from dataclasses import dataclass
from typing import Literal

from bench.ceilings import READ, STOCK
from bench.claims import Claims
from bench.cookies import BY_COOKIE, BY_TOKEN, Cookies
from bench.figures import (
    OURS,
    Read,
    all_cores,
    best,
    cpu,
    heaviest_of_ours,
    lightest,
    queue,
    rate,
    raw_hashes,
    refresh_time,
    workers,
)
from bench.peers.better_auth import BETTER_AUTH
from bench.results import NotMeasured, Results

BEST = "the best peer"


@dataclass(frozen=True, slots=True)
class Goal:
    """A ratio that must be reached."""

    work: str
    measured: Read
    against: Read
    limit: float
    bound: Literal["at least", "at most"]
    opponent: str = BEST


@dataclass(frozen=True, slots=True)
class GoalResult:
    """Where a goal stands after a run."""

    work: str
    wanted: str
    against: str
    measured: str = ""
    ratio: float = 0.0
    met: bool = False
    missing: str = ""


def judge(goal: Goal, results: Results) -> GoalResult:
    """Compute where a goal stands."""
    wanted = f"{goal.bound} {goal.limit:g}x"
    try:
        ours, theirs = goal.measured(results), goal.against(results)
    except NotMeasured as missing:
        return GoalResult(goal.work, wanted, goal.opponent, missing=str(missing))
    times = ours.value / theirs.value
    met = times >= goal.limit if goal.bound == "at least" else times <= goal.limit
    against = f"{theirs.whose or goal.opponent}, {theirs.text}"
    return GoalResult(goal.work, wanted, against, ours.text, times, met)


def goal_results(results: Results) -> list[GoalResult]:
    """Compute where every goal stands."""
    return [judge(goal, results) for goal in GOALS]


GOALS = [
    Goal("`me`, the same people asking again, SQLite",
         rate(OURS, "sqlite", "me"), best("sqlite", "me"), 3.0, "at least"),
    Goal("`me`, the same people asking again, PostgreSQL",
         rate(OURS, "postgres", "me"), best("postgres", "me"), 5.0, "at least"),
    Goal("`me`, first sight of each session, SQLite",
         rate(OURS, "sqlite", "me, first sight"), best("sqlite", "me"), 1.2, "at least"),
    Goal("`me`, first sight of each session, PostgreSQL",
         rate(OURS, "postgres", "me, first sight"), best("postgres", "me"), 2.0, "at least"),
    Goal("a field that needs only the claims",
         rate(Claims.name, "sqlite", "claims"), rate(STOCK.name, "none", "claims"), 5.0,
         "at least", STOCK.name),
    Goal("`me`, CPU a request, SQLite",
         cpu(OURS, "sqlite"), cpu(READ.name, "sqlite"), 0.6, "at most", READ.name),
    Goal("`me`, CPU a request, PostgreSQL",
         cpu(OURS, "postgres"), cpu(READ.name, "postgres"), 0.6, "at most", READ.name),
    Goal("`me` by a session's cookie, CPU a request at first sight, SQLite",
         cpu(Cookies.name, "sqlite", BY_COOKIE), cpu(Cookies.name, "sqlite", BY_TOKEN), 1.0,
         "at most", "by an access token"),
    Goal("`me` by a session's cookie, CPU a request at first sight, PostgreSQL",
         cpu(Cookies.name, "postgres", BY_COOKIE), cpu(Cookies.name, "postgres", BY_TOKEN), 1.0,
         "at most", "by an access token"),
    Goal("refresh with rotation, SQLite",
         rate(OURS, "sqlite", "refresh"), best("sqlite", "refresh"), 1.3, "at least"),
    Goal("refresh with rotation, PostgreSQL",
         rate(OURS, "postgres", "refresh"), best("postgres", "refresh"), 2.0, "at least"),
    Goal("login, OWASP parameters, all cores",
         all_cores(OURS), raw_hashes, 0.95, "at least", "the same library alone"),
    Goal("login, OWASP parameters, all cores",
         all_cores(OURS), all_cores(BETTER_AUTH.name), 1.0, "at least", BETTER_AUTH.name),
    Goal("p99 of `me` while 300 logins wait",
         queue("waiting"), queue("alone"), 3.0, "at most", "alone"),
    Goal("2 workers on 2 cores, PostgreSQL",
         workers(2), workers(1), 1.8, "at least", "1 worker on 1 core"),
    Goal("refresh at 10^7 sessions, PostgreSQL",
         refresh_time(7), refresh_time(3), 1.15, "at most", "10^3 sessions"),
    Goal("memory of one worker after the load",
         heaviest_of_ours, lightest, 1.0, "at most", "the lightest peer"),
]  # fmt: skip

"""Where it must arrive: ratios within one run, computed from what was measured."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from bench.ceilings import READ, STOCK
from bench.claims import Claims
from bench.contestants import Kind
from bench.ours import Ours
from bench.peers import PEERS
from bench.results import NotMeasured, Results

OURS = Ours.name
CLIENTS = 16


@dataclass(frozen=True, slots=True)
class Figure:
    """One side of a ratio."""

    value: float
    text: str
    whose: str = ""


@dataclass(frozen=True, slots=True)
class Goal:
    """A ratio that must be reached."""

    work: str
    measured: Callable[[Results], Figure]
    against: Callable[[Results], Figure]
    limit: float
    bound: Literal["at least", "at most"]
    opponent: str


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a goal stands after a run."""

    work: str
    wanted: str
    against: str
    measured: str = ""
    ratio: float = 0.0
    met: bool = False
    missing: str = ""


def ratio(goal: Goal, results: Results) -> Standing:
    """Compute where a goal stands."""
    wanted = f"{goal.bound} {goal.limit:g}x"
    try:
        ours, theirs = goal.measured(results), goal.against(results)
    except NotMeasured as missing:
        return Standing(goal.work, wanted, goal.opponent, missing=str(missing))
    times = ours.value / theirs.value
    met = times >= goal.limit if goal.bound == "at least" else times <= goal.limit
    against = f"{theirs.whose or goal.opponent}, {theirs.text}"
    return Standing(goal.work, wanted, against, ours.text, times, met)


def standings(results: Results) -> list[Standing]:
    """Compute where every goal stands."""
    return [ratio(goal, results) for goal in GOALS]


def rate(name: str, kind: Kind, work: str, clients: int = CLIENTS) -> Callable[[Results], Figure]:
    """Requests a second."""

    def read(results: Results) -> Figure:
        value = results.figure(name, kind, work, clients, "per_second")
        return Figure(value, f"{value:,.0f}/s", name)

    return read


def cpu(name: str, kind: Kind) -> Callable[[Results], Figure]:
    """CPU of the server for one `me`, in microseconds."""

    def read(results: Results) -> Figure:
        value = results.figure(name, kind, "me", CLIENTS, "cpu_us")
        return Figure(value, f"{value:,.0f} us", name)

    return read


def best(kind: Kind, work: str) -> Callable[[Results], Figure]:
    """The fastest of the peers at something."""

    def read(results: Results) -> Figure:
        return max(_each(results, [rate(peer.name, kind, work) for peer in PEERS]), key=_value)

    return read


def lightest(results: Results) -> Figure:
    """The peer that holds the least memory after its load."""
    kinds: tuple[Kind, ...] = ("sqlite", "postgres")
    return min(
        _each(results, [rss(peer.name, kind) for peer in PEERS for kind in kinds]), key=_value
    )


def heaviest_of_ours(results: Results) -> Figure:
    """The most memory that any of our servers held after its load."""
    works = ("memory", "memory, strict")
    kinds: tuple[Kind, ...] = ("sqlite", "postgres")
    return max(
        _each(results, [rss(OURS, kind, work) for kind in kinds for work in works]), key=_value
    )


def rss(name: str, kind: Kind, work: str = "memory") -> Callable[[Results], Figure]:
    """Resident memory after the load, in MiB."""

    def read(results: Results) -> Figure:
        value = results.figure(name, kind, work, 0, "rss")
        return Figure(value, f"{value:,.0f} MiB", f"{name} on {kind}")

    return read


def _value(figure: Figure) -> float:
    return figure.value


def _each(results: Results, readers: Sequence[Callable[[Results], Figure]]) -> list[Figure]:
    """Read those that were measured; raises NotMeasured if none was."""
    found = []
    missing = NotMeasured("nothing")
    for read in readers:
        try:
            found.append(read(results))
        except NotMeasured as one:
            missing = one
    if not found:
        raise missing
    return found


GOALS = [
    Goal("`me`, the same people, SQLite", rate(OURS, "sqlite", "me"), best("sqlite", "me"), 3.0,
         "at least", "the best peer"),
    Goal("`me`, the same people, PostgreSQL", rate(OURS, "postgres", "me"), best("postgres", "me"),
         5.0, "at least", "the best peer"),
    Goal("`me`, first sight, SQLite", rate(OURS, "sqlite", "me, first sight"),
         best("sqlite", "me"), 1.2, "at least", "the best peer"),
    Goal("`me`, first sight, PostgreSQL", rate(OURS, "postgres", "me, first sight"),
         best("postgres", "me"), 2.0, "at least", "the best peer"),
    Goal("a field that needs only the claims", rate(Claims.name, "sqlite", "claims"),
         rate(STOCK.name, "none", "claims"), 5.0, "at least", STOCK.name),
    Goal("`me`, CPU a request, SQLite", cpu(OURS, "sqlite"), cpu(READ.name, "sqlite"), 0.6,
         "at most", READ.name),
    Goal("`me`, CPU a request, PostgreSQL", cpu(OURS, "postgres"), cpu(READ.name, "postgres"), 0.6,
         "at most", READ.name),
    Goal("refresh with rotation, SQLite", rate(OURS, "sqlite", "refresh"),
         best("sqlite", "refresh"), 1.3, "at least", "the best peer"),
    Goal("refresh with rotation, PostgreSQL", rate(OURS, "postgres", "refresh"),
         best("postgres", "refresh"), 2.0, "at least", "the best peer"),
    Goal("memory of one worker after the load", heaviest_of_ours, lightest, 1.0, "at most",
         "the lightest peer"),
]  # fmt: skip

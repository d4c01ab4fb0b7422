"""Figures read from the results, each with the words for it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from bench.contestants import Kind
from bench.hash_measurement import WORK as RAW_HASHES
from bench.names import ALL_CORES, MEMORY_STRICT, ONE_WORKER, TWO_WORKERS, sessions_stored
from bench.ours import Ours
from bench.peers import PEERS
from bench.queue_measurement import ASKING, P99
from bench.results import NotMeasured, Results

OURS = Ours.name
CLIENTS = 16
KINDS: tuple[Kind, ...] = ("sqlite", "postgres")


@dataclass(frozen=True, slots=True)
class Figure:
    """One side of a ratio."""

    value: float
    text: str
    whose: str = ""


Read: TypeAlias = Callable[[Results], Figure]


def rate(name: str, kind: Kind, work: str, *, digits: int = 0) -> Read:
    """Requests a second."""

    def read(results: Results) -> Figure:
        value = results.figure(name, kind, work, CLIENTS, "per_second")
        return Figure(value, f"{value:,.{digits}f}/s", name)

    return read


def cpu(name: str, kind: Kind, work: str = "me") -> Read:
    """CPU of the server for one request, in microseconds."""

    def read(results: Results) -> Figure:
        value = results.figure(name, kind, work, CLIENTS, "cpu_us")
        return Figure(value, f"{value:,.0f} us", name)

    return read


def best(kind: Kind, work: str) -> Read:
    """The fastest of the peers at something."""

    def read(results: Results) -> Figure:
        return max(_each(results, [rate(peer.name, kind, work) for peer in PEERS]), key=_value)

    return read


def lightest(results: Results) -> Figure:
    """The peer that holds the least memory after its load."""
    return min(
        _each(results, [rss(peer.name, kind) for peer in PEERS for kind in KINDS]), key=_value
    )


def heaviest_of_ours(results: Results) -> Figure:
    """The most memory that any of our servers held after its load."""
    works = ("memory", MEMORY_STRICT)
    return max(
        _each(results, [rss(OURS, kind, work) for kind in KINDS for work in works]), key=_value
    )


def rss(name: str, kind: Kind, work: str = "memory") -> Read:
    """Resident memory after the load, in MiB."""

    def read(results: Results) -> Figure:
        value = results.figure(name, kind, work, 0, "rss")
        return Figure(value, f"{value:,.0f} MiB", f"{name} on {kind}")

    return read


def raw_hashes(results: Results) -> Figure:
    """The most hashes a second on every core, by the library or through our threads."""
    names = ("library_per_second", "our_threads_per_second")
    value = max(results.figure(OURS, "none", RAW_HASHES, 0, name) for name in names)
    return Figure(value, f"{value:,.1f} hashes/s", "the same library alone")


def all_cores(name: str) -> Read:
    """Logins a second on every core."""
    return rate(name, "sqlite", f"login{ALL_CORES}", digits=1)


def queue(side: str) -> Read:
    """The p99 of `me`: while others log in, as the median of ratios; alone, as one."""

    def read(results: Results) -> Figure:
        def figure(name: str) -> float:
            return results.figure(OURS, "sqlite", P99, ASKING, name)

        p99 = f"{figure(f'{side}_p99_ms'):,.1f} ms"
        return Figure(1.0 if side == "alone" else figure("ratio"), p99, "alone")

    return read


def workers(number: int) -> Read:
    """What so many cores can answer, by the CPU that a request costs.

    The load and PostgreSQL want the same two cores, so that what was seen is told beside it.
    """
    suffix = ONE_WORKER if number == 1 else TWO_WORKERS

    def read(results: Results) -> Figure:
        def figure(name: str) -> float:
            return results.figure(OURS, "postgres", f"me{suffix}", CLIENTS, name)

        value = number * 1e6 / figure("cpu_us")
        seen = f"{figure('per_second'):,.0f}/s seen"
        return Figure(value, f"{value:,.0f}/s by CPU, {seen}", suffix.strip(", "))

    return read


def refresh_time(power: int) -> Read:
    """How long sixteen clients keep the server busy with one refresh, in microseconds."""

    def read(results: Results) -> Figure:
        work = f"refresh{sessions_stored(power)}"
        value = 1e6 / results.figure(OURS, "postgres", work, CLIENTS, "per_second")
        return Figure(value, f"{value:,.0f} us", f"10^{power} sessions")

    return read


def _value(figure: Figure) -> float:
    return figure.value


def _each(results: Results, readers: Sequence[Read]) -> list[Figure]:
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

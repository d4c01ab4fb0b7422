"""Plays the bouts round after round, so that a slow minute of the machine hits them all."""

from collections.abc import Sequence
from contextlib import ExitStack

from bench.bouts import Bout, Figures, Ring
from bench.machine import layout
from bench.postgres import Postgres
from bench.processes import CannotRun
from bench.progress import Shown, shown
from bench.results import Results
from bench.wrk import WrongAnswers


def play(bouts: Sequence[Bout], rounds: int, seconds: int, results: Results) -> None:
    """Measure everything; what fails is told, and the rest goes on.

    Args:
        bouts: In the order of each round.
        rounds: How many.
        seconds: Of each cell.
        results: To be filled.

    Raises:
        CannotRun: nothing can be measured here.
    """
    cells = rounds * sum(len(bout.cells) for bout in bouts)
    cores = layout()
    with ExitStack() as stack:
        show = stack.enter_context(shown(cells))
        postgres = None
        if any(bout.kind == "postgres" for bout in bouts):
            show.doing("starting PostgreSQL...")
            postgres = stack.enter_context(Postgres(cores.server))
        ring = Ring(cores, seconds, postgres)
        prepare(bouts, ring, show)
        for number in range(rounds):
            for bout in bouts:
                _play(bout, ring, number, results, show)


def prepare(bouts: Sequence[Bout], ring: Ring, show: Shown) -> None:
    """Install and seed what the bouts need."""
    for contestant, kind in dict.fromkeys((bout.contestant, bout.kind) for bout in bouts):
        on = "" if kind == "none" else f" on {kind}"
        show.doing(f"preparing {contestant.name}{on}...")
        contestant.prepare(kind, ring.postgres)


def _play(bout: Bout, ring: Ring, number: int, results: Results, show: Shown) -> None:
    figures = bout.play(ring)
    for place, cell in enumerate(bout.cells):
        show.doing(f"round {number + 1}: {cell}")
        try:
            measured = next(figures)
        except (WrongAnswers, CannotRun) as failure:
            results.failures.append(f"{cell}: {failure}")
            show.done(f"{cell}: FAILED: {failure}", cells=len(bout.cells) - place)
            return
        results.add(cell, measured)
        show.done(f"{cell}: {brief(measured)}")
    figures.close()


def brief(figures: Figures) -> str:
    """Say the most telling of some figures in a few words."""
    if "per_second" in figures:
        return f"{figures['per_second']:,.0f}/s, p99 {figures['p99_ms']:.1f} ms"
    if "rss" in figures:
        return f"{figures['rss']:.0f} MiB"
    return ", ".join(f"{name} {value:,.1f}" for name, value in figures.items())

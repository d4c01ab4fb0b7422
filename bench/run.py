"""Measures round after round, so that a slow minute of the machine slows all of them."""

from collections.abc import Sequence
from contextlib import ExitStack

from bench.machine import layout
from bench.measurements import Figures, Measurement, Resources
from bench.postgres import Postgres
from bench.processes import CannotRun
from bench.progress import Shown, shown
from bench.results import Results
from bench.wrk import WrongAnswers


def measure_all(
    measurements: Sequence[Measurement], rounds: int, seconds: int, results: Results
) -> None:
    """Measure everything; what fails is told, and the rest goes on.

    Args:
        measurements: In the order of each round.
        rounds: How many.
        seconds: Of each cell.
        results: To be filled.

    Raises:
        CannotRun: nothing can be measured here.
    """
    cells = rounds * sum(len(measurement.cells) for measurement in measurements)
    cores = layout()
    with ExitStack() as stack:
        show = stack.enter_context(shown(cells))
        postgres = None
        if any(measurement.kind == "postgres" for measurement in measurements):
            show.doing("starting PostgreSQL...")
            postgres = stack.enter_context(Postgres(cores.server))
        resources = Resources(cores, seconds, postgres)
        prepare(measurements, resources, show)
        for number in range(rounds):
            for measurement in measurements:
                _measure(measurement, resources, number, results, show)


def prepare(measurements: Sequence[Measurement], resources: Resources, show: Shown) -> None:
    """Install and seed what the measurements need."""
    for contestant, kind in dict.fromkeys(
        (measurement.contestant, measurement.kind) for measurement in measurements
    ):
        on = "" if kind == "none" else f" on {kind}"
        show.doing(f"preparing {contestant.name}{on}...")
        contestant.prepare(kind, resources.postgres)


def _measure(
    measurement: Measurement, resources: Resources, number: int, results: Results, show: Shown
) -> None:
    figures = measurement.measure(resources)
    for place, cell in enumerate(measurement.cells):
        show.doing(f"round {number + 1}: {cell}")
        try:
            measured = next(figures)
        except (WrongAnswers, CannotRun) as failure:
            results.failures.append(f"{cell}: {failure}")
            show.done(f"{cell}: FAILED: {failure}", cells=len(measurement.cells) - place)
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

"""The command line of the benchmark."""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from bench import plan
from bench.machine import machine
from bench.measurements import Measurement
from bench.processes import CannotRun, require
from bench.report import RESULTS, redraw, report
from bench.results import Results, read
from bench.run import measure_all

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def bench(
    quick: Annotated[
        bool, typer.Option("--quick", help="Ours against the ceilings only: two minutes.")
    ] = False,
    groups: Annotated[
        list[str] | None, typer.Option("--group", help="Only this group; may be repeated.")
    ] = None,
    only: Annotated[
        list[str] | None,
        typer.Option("--only", help="Only contestants with this in their name; may be repeated."),
    ] = None,
    rounds: Annotated[int, typer.Option(min=1, max=9, help="Medians are of so many.")] = 3,
    seconds: Annotated[int, typer.Option(min=1, max=60, help="Of each cell.")] = 3,
    shows_list: Annotated[
        bool, typer.Option("--list", help="Say what would be measured, and measure nothing.")
    ] = False,
    redraws: Annotated[
        bool, typer.Option("--redraw", help="Write tables and pictures of the last results anew.")
    ] = False,
) -> None:
    """Measure this server beside its rivals, and write bench/results/."""
    if redraws:
        redraw(read(RESULTS / "results.json"))
        return
    chosen = plan.quick() if quick else plan.full(rounds)
    measurements = [
        measurement
        for measurement in chosen
        if plan.is_wanted(measurement, groups or [], only or [])
    ]
    if shows_list:
        for measurement in measurements:
            for cell in measurement.cells:
                typer.echo(f"{measurement.group:<10} {cell}")
        return
    if not measurements:
        raise CannotRun("Nothing is called that; --list names everything")
    if quick:
        rounds, seconds = 1, min(seconds, plan.QUICK_SECONDS)
    tools(measurements)
    plan.BUILT.mkdir(exist_ok=True)
    results = Results(about(measurements, rounds, seconds))
    try:
        measure_all(measurements, rounds, seconds, results)
    finally:
        for seeded in plan.BUILT.glob("*.db*"):
            seeded.unlink()
    report(results, keep=not (quick or groups or only))
    if results.failures:
        raise CannotRun(f"{len(results.failures)} failed: {results.failures[0]}")


def about(measurements: Sequence[Measurement], rounds: int, seconds: int) -> dict[str, Any]:
    """Describe a run that is about to begin."""
    everybody = plan.contestants(measurements)
    return {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": dict(machine()),
        "versions": {one.name: dict(one.versions()) for one in everybody},
        "remarks": {one.name: one.remark for one in everybody if one.remark},
        "rounds": rounds,
        "seconds": seconds,
    }


def tools(measurements: Sequence[Measurement]) -> None:
    """Make sure that the tools are there; root gets the load generator from Debian."""
    if not shutil.which("wrk") and os.geteuid() == 0 and shutil.which("apt-get"):
        typer.echo("installing wrk...")
        for words in (("update",), ("install", "--yes", "wrk")):
            subprocess.run(  # noqa: S603 - Debian's
                ["apt-get", "-qq", *words],  # noqa: S607 - where Debian has it
                check=False,
                stdout=subprocess.DEVNULL,
                env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
            )
    require("wrk", "taskset", "setpriv", *plan.tools(measurements))


def main() -> None:
    """Run; what keeps it from running is one line of standard error."""
    try:
        app(standalone_mode=False)
    except typer.TyperException as error:
        typer.echo(error.format_message(), err=True)
        sys.exit(2)
    except typer.Abort:
        sys.exit(130)
    except CannotRun as reason:
        typer.echo(f"error: {reason}", err=True)
        sys.exit(1)

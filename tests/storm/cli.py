"""The command line of the storm."""

import asyncio
import json
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Literal

import typer
from database_servers import Postgres

from tests.storm.contestant import Contestant, Kind, Workspace
from tests.storm.facts import facts
from tests.storm.ours import Ours
from tests.storm.picture import DATABASES, draw, table
from tests.storm.plan import Plan
from tests.storm.rivals import RIVALS
from tests.storm.storm import Report, storm

OUT = Path("build/storm")
OURS = "authberry"

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
Make = Callable[[Workspace, Plan], Contestant]


@app.command()
def main(
    seconds: Annotated[float, typer.Option(min=5, help="How long it storms, at least.")] = 60,
    sessions: Annotated[int, typer.Option(min=20, help="How many are logged in.")] = 1000,
    database: Annotated[
        Literal["sqlite", "postgres", "both"], typer.Option(help="What the servers share.")
    ] = "both",
    rivals: Annotated[
        list[str] | None,
        typer.Option("--rival", help=f"Let it storm over {' or '.join(RIVALS)} instead."),
    ] = None,
    seed: Annotated[int, typer.Option(help="Of the chances.")] = 1,
    redraws: Annotated[
        Path | None, typer.Option("--redraw", help="Only draw the facts in a folder anew.")
    ] = None,
) -> None:
    """Let it storm over three servers, judge what is left, and write build/storm/."""
    if redraws:
        for path in redraws.glob("*.json"):
            path.with_suffix(".svg").write_text(draw(json.loads(path.read_text())), "utf-8")
        return
    plan = replace(Plan(), seconds=seconds, sessions=sessions, seed=seed)
    kinds: Sequence[Kind] = ("sqlite", "postgres") if database == "both" else (database,)
    failed = False
    for name in rivals or [OURS]:
        for kind in kinds:
            failed |= one(name, kind, plan)
    sys.exit(failed)


def one(name: str, kind: Kind, plan: Plan) -> bool:
    """Let it storm once; returns whether that says anything against us."""
    make: Make = Ours if name == OURS else RIVALS[name]
    typer.echo(f"{name} on {DATABASES[kind]}: {plan.sessions} sessions, {plan.seconds:.0f} s")
    with workspace_of(kind) as workspace, make(workspace, plan) as contestant:
        report = asyncio.run(storm(contestant, plan, typer.echo))
    write(report, f"{name}-{kind}")
    return name == OURS and bool(report.outcome.violations)


def write(report: Report, name: str) -> None:
    """Write facts and picture, and say what came out."""
    OUT.mkdir(parents=True, exist_ok=True)
    found = facts(report)
    (OUT / f"{name}.json").write_text(json.dumps(found, indent=1) + "\n", "utf-8")
    (OUT / f"{name}.svg").write_text(draw(found), "utf-8")
    for what, value, is_good in table(found):
        mark = {True: "ok ", False: "NO ", None: "   "}[is_good]
        typer.echo(f"  {mark} {what}: {value}")
    for violation in found["first_violations"] if report.contestant.name == OURS else []:
        typer.echo(f"  NO  {violation}")
    typer.echo(f"  {OUT / name}.svg")


@contextmanager
def workspace_of(kind: Kind) -> Iterator[Workspace]:
    """An empty folder and an empty database, for as long as the block lasts."""
    with tempfile.TemporaryDirectory(prefix="storm-") as made:
        folder = Path(made)
        if kind == "sqlite":
            yield Workspace(folder, kind, f"sqlite://{folder}/storm.db")
            return
        with Postgres() as postgres:
            yield Workspace(folder, kind, postgres.create_database())

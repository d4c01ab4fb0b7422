"""What is left of a run: files where it was whole, and ratios on the screen always."""

from pathlib import Path

import typer

from bench.results import Results
from bench.tables import goals, markdown

RESULTS = Path(__file__).parent / "results"


def report(results: Results, *, keep: bool) -> None:
    """Print the goals; write the results where the run was whole."""
    typer.echo()
    typer.echo(goals(results))
    if keep:
        RESULTS.mkdir(exist_ok=True)
        results.write(RESULTS / "results.json")
        (RESULTS / "results.md").write_text(markdown(results), "utf-8")

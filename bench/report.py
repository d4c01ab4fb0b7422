"""What is left of a run: files where it was whole, and ratios on the screen always."""

from pathlib import Path

import typer

from bench.chart import SCHEMES, draw, panels
from bench.results import Results
from bench.tables import beside_ceilings, goals, markdown

RESULTS = Path(__file__).parent / "results"
CAVEAT = "Refresh: better-auth and accounts-js do not rotate; fastapi-users has none."


def report(results: Results, *, keep: bool) -> None:
    """Print the ratios; write the results where the run was whole."""
    typer.echo(f"\n{beside_ceilings(results)}\n\n{goals(results, whole=False)}")
    if keep:
        RESULTS.mkdir(exist_ok=True)
        results.write(RESULTS / "results.json")
        redraw(results)


def redraw(results: Results) -> None:
    """Write the tables and the pictures."""
    (RESULTS / "results.md").write_text(markdown(results), "utf-8")
    machine = results.about["machine"]
    where = f"{results.about['date'][:10]}, {machine['processor']}. {CAVEAT}"
    for scheme, colours in SCHEMES.items():
        drawn = draw(panels(results), colours, where)
        (RESULTS / f"chart-{scheme}.svg").write_text(drawn, "utf-8")

"""The results as Markdown: the goals first, then every cell."""

from collections.abc import Iterator, Sequence
from statistics import median

from bench.ceilings import READ
from bench.figures import CLIENTS, OURS
from bench.goals import GoalResult, goal_results
from bench.measurements import Cell
from bench.results import NotMeasured, Results

BESIDE = ("me", "me, first sight", "refresh")

HEAD = (
    "contestant", "database", "work", "clients", "requests/s", "p50 ms", "p99 ms",
    "CPU us", "+ PostgreSQL", "load busy", "spread",
)  # fmt: skip


def markdown(results: Results) -> str:
    """Write everything that a reader may ask for."""
    parts = [
        "# Results",
        *_about(results),
        "## Goals",
        goals(results),
        "## Beside the bare stack",
        beside_ceilings(results),
        "## Every cell",
        _table(HEAD, list(_cells(results))),
        "## Memory",
        _table(("contestant", "database", "after", "RSS MiB", "PSS MiB"), list(_memory(results))),
        "## Everything else",
        _table(("contestant", "database", "what", "figures"), list(_others(results))),
        "## Versions",
        "\n".join(_versions(results)),
    ]
    if results.failures:
        parts += ["## Failed", "\n".join(f"- {failure}" for failure in results.failures)]
    return "\n\n".join(parts) + "\n"


def goals(results: Results, *, whole: bool = True) -> str:
    """Write the table of the goals; unless it is to be whole, of those that were measured."""
    head = ("work", "measured", "against", "ratio", "wanted", "met")
    shown = [one for one in goal_results(results) if whole or not one.missing]
    return _table(head, [_goal(one) for one in shown]) if shown else ""


def beside_ceilings(results: Results) -> str:
    """Write what one `me` costs here, in the costs of one on the bare stack."""
    head = ("", "database", "work", "CPU us", f"{READ.name}, CPU us", "ratio")
    rows = []
    for cell, rounds in results.rounds.items():
        if cell.contestant == OURS and cell.work in BESIDE and cell.clients == CLIENTS:
            cost = median(one["cpu_us"] for one in rounds)
            try:
                bare = results.figure(READ.name, cell.kind, "me", CLIENTS, "cpu_us")
            except NotMeasured:
                continue
            ratio = f"{cost / bare:.2f}x"
            rows.append((*_named(cell), f"{cost:,.0f}", f"{bare:,.0f}", ratio))
    return _table(head, rows) if rows else ""


def _goal(one: GoalResult) -> Sequence[str]:
    if one.missing:
        return (one.work, "-", one.against, "-", one.wanted, f"not measured: {one.missing}")
    met = "yes" if one.met else "**no**"
    return (one.work, one.measured, one.against, f"{one.ratio:.2f}x", one.wanted, met)


def _about(results: Results) -> Iterator[str]:
    about = results.about
    yield (
        f"{about['date']}. Medians of {about['rounds']} rounds, {about['seconds']} s a cell;"
        " the server and PostgreSQL on one core, the load on another, unless a row says otherwise."
        " [How](../README.md)."
    )
    yield _table(("", ""), list(about["machine"].items()))


def _cells(results: Results) -> Iterator[Sequence[str]]:
    for cell, rounds in results.rounds.items():
        if "per_second" in rounds[0]:
            middle = {name: median(one[name] for one in rounds) for name in rounds[0]}
            yield (
                *_named(cell),
                str(cell.clients),
                f"{middle['per_second']:,.0f}",
                f"{middle['p50_ms']:.2f}",
                f"{middle['p99_ms']:.2f}",
                f"{middle['cpu_us']:,.0f}",
                f"{middle['database_cpu_us']:,.0f}" if cell.kind == "postgres" else "-",
                f"{middle['load_busy']:.0%}",
                f"{results.spread(cell, 'per_second'):.0%}",
            )


def _memory(results: Results) -> Iterator[Sequence[str]]:
    for cell, rounds in results.rounds.items():
        if "rss" in rounds[0]:
            weights = (f"{median(one[name] for one in rounds):.0f}" for name in ("rss", "pss"))
            yield (*_named(cell), *weights)


def _others(results: Results) -> Iterator[Sequence[str]]:
    for cell, rounds in results.rounds.items():
        if not {"per_second", "rss"} & set(rounds[0]):
            middle = {name: median(one[name] for one in rounds) for name in rounds[0]}
            figures = ", ".join(f"{name} {value:,.2f}" for name, value in middle.items())
            yield (*_named(cell), figures)


def _versions(results: Results) -> Iterator[str]:
    for name, versions in results.about["versions"].items():
        remark = results.about["remarks"].get(name)
        listed = ", ".join(f"{package} {version}" for package, version in versions.items())
        yield f"- **{name}**: {listed}{f'. Here: {remark}' if remark else ''}."


def _named(cell: Cell) -> tuple[str, str, str]:
    return (cell.contestant, "-" if cell.kind == "none" else cell.kind, cell.work)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Lay cells out in columns, for readers of the page and of the source."""
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    lines = [head, ["-" * width for width in widths], *rows]
    padded = ([one.ljust(width) for one, width in zip(line, widths, strict=True)] for line in lines)
    return "\n".join(f"| {' | '.join(line)} |" for line in padded)

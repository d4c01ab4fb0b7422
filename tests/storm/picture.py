"""The facts as a picture: an SVG that follows the reader's light or dark."""

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Any

from tests.storm.clients import KILL

WIDTH, MARGIN, LEFT = 860, 24, 64
PLOT = WIDTH - LEFT - MARGIN
LEGEND = 106
RATE_TOP, RATE_HEIGHT = 178, 150
STAY_TOP, STAY_HEIGHT = 392, 90
TABLE_TOP, ROW = 518, 22
FONT = "system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif"
KINDS = ("new token", "same token", "refused")
DATABASES = {"sqlite": "SQLite", "postgres": "PostgreSQL"}

STYLE = """
.paper { fill: #ffffff } .ink { fill: #1f2328 } .quiet { fill: #59636e }
.line { stroke: #d1d9e0 } .new { fill: #b3266b } .same { fill: #e3a8c5 } .refused { fill: #9a6700 }
.kill { stroke: #59636e } .step { stroke: #0969da } .stepped { fill: #0969da }
.stay { stroke: #1a7f37 } .good { fill: #1a7f37 } .bad { fill: #cf222e }
@media (prefers-color-scheme: dark) {
.paper { fill: #0d1117 } .ink { fill: #f0f6fc } .quiet { fill: #9198a1 }
.line { stroke: #3d444d } .new { fill: #f778ba } .same { fill: #7d3a5f } .refused { fill: #d29922 }
.kill { stroke: #9198a1 } .step { stroke: #4493f8 } .stepped { fill: #4493f8 }
.stay { stroke: #3fb950 } .good { fill: #3fb950 } .bad { fill: #f85149 }
}
"""

Facts = Mapping[str, Any]


def draw(facts: Facts) -> str:
    """Draw one storm."""
    rows = list(table(facts))
    height = TABLE_TOP + ROW * len(rows) + MARGIN
    title = f"{facts['contestant']} on {DATABASES[facts['database']]}"
    spoken = escape(". ".join([title, *(f"{name}: {value}" for name, value, _ in rows)]))
    frame = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}"'
        f' height="{height}" font-family="{FONT}" role="img" aria-label="{spoken}">'
    )
    return "\n".join(
        [
            frame,
            f"<style>{STYLE}</style>",
            f'<rect class="paper" width="{WIDTH}" height="{height}" rx="8"/>',
            *_heading(facts, title),
            *_rates(facts),
            *_staying(facts),
            *_rows(rows),
            "</svg>\n",
        ]
    )


def table(facts: Facts) -> Iterator[tuple[str, str, bool | None]]:
    """What came out: name, value, and whether it is as it should be, where that can be said."""
    outcome = facts["outcome"]
    honest, still_in = outcome["honest"], outcome["still_in"]
    yield "honest clients that go on", f"{still_in:,} of {honest:,}", still_in == honest
    yield "live tokens of an honest session", *_live(outcome["live_tokens"])
    strays = outcome["strays"]
    yield "honest sessions with a token astray", f"{strays:,} of {honest:,}", strays == 0
    stolen, ended, in_ = outcome["stolen"], outcome["ended"], outcome["thieves_in"]
    yield "stolen sessions that were ended", f"{ended} of {stolen}", ended == stolen
    yield "thieves who can go on", f"{in_} of {stolen}", in_ == 0
    if facts["has_rows"]:
        others = outcome["ended_others"]
        yield "other sessions ended", str(others), others == 0
    faults, answers = outcome["server_errors"], sum(facts["statuses"].values())
    yield "answers 5xx or like it", f"{faults:,} of {answers:,}", faults == 0
    if outcome["late"]:
        yield "clients that met no server in time", str(outcome["late"]), None
    chances, times = facts["chances"], facts["milliseconds"]
    thrown = f"{chances.get('answer lost', 0):,} thrown away"
    reordered = f"{chances.get('reordered', 0):,} of {chances.get('two tabs', 0):,} pairs reordered"
    yield "answers to refreshes", f"{thrown}; {reordered}", None
    broken = f"{facts['connections_broken']:,} connections refused or cut"
    yield "kills", f"{facts['kills']}, with {broken}", None
    if facts["has_rows"]:
        yield "keys that signed access tokens", str(facts["keys_that_signed"]), None
    rate = sum(sum(second.values()) for second in facts["by_second"]) / facts["lasted"]
    shown = (
        f"{rate:,.0f} a second; median {times['median']:,.0f} ms, 99 % in {times['p99']:,.0f} ms"
    )
    yield "refreshes", shown, None


def _live(counts: Mapping[str, int]) -> tuple[str, bool]:
    if set(counts) == {"1"}:
        return "one each", True
    return "; ".join(f"{many} in {count:,}" for many, count in counts.items()), False


def _heading(facts: Facts, title: str) -> Iterator[str]:
    plan, machine = facts["plan"], facts["machine"]
    yield _text(MARGIN, 34, f"The storm: {title}", "ink", 17, "600")
    yield _text(
        MARGIN,
        54,
        f"{plan['sessions']:,} sessions, {plan['processes']} processes, {facts['lasted']:.0f} s, a"
        f" kill -9 every {plan['kill_every']:.0f} s; {machine['cores']} cores, load"
        f" {facts['load_average']:.1f} before it; {facts['date'][:10]}",
        "quiet",
        12,
    )
    x = LEFT
    for kind in KINDS:
        name = {"new token": "a new token", "same token": "the same token"}.get(kind, kind)
        place = f'x="{x}" y="{LEGEND - 9}" width="10" height="10"'
        yield f'<rect class="{kind.split()[0]}" {place}/>'
        yield _text(x + 15, LEGEND, name, "quiet", 11)
        x += 130
    yield f'<path class="kill" d="{_cross(x + 5, LEGEND - 4)}" stroke-width="1.5" fill="none"/>'
    yield _text(x + 15, LEGEND, KILL, "quiet", 11)


def _rates(facts: Facts) -> Iterator[str]:
    seconds = facts["by_second"]
    most = max(1, *(sum(second.values()) for second in seconds))
    bottom = RATE_TOP + RATE_HEIGHT
    yield _text(LEFT - 8, RATE_TOP + 4, f"{most:,}", "quiet", 11, anchor="end")
    yield _text(LEFT - 8, bottom, "0", "quiet", 11, anchor="end")
    yield _text(LEFT, LEGEND - 22, "Refreshes a second", "ink", 13, "600")
    width = PLOT / len(seconds)
    for number, second in enumerate(seconds):
        y = float(bottom)
        for kind in KINDS:
            tall = RATE_HEIGHT * second.get(kind, 0) / most
            y -= tall
            if tall:
                yield (
                    f'<rect class="{kind.split()[0]}" x="{LEFT + number * width:.1f}" y="{y:.1f}"'
                    f' width="{max(0.5, width - 1):.1f}" height="{tall:.1f}"/>'
                )
    yield _rule(bottom)
    yield from _happenings(facts, bottom)


def _happenings(facts: Facts, bottom: float) -> Iterator[str]:
    """Kills as crosses on the axis, changes as lines with their names."""
    steps = 0
    for at, what in facts["happenings"]:
        x = LEFT + PLOT * min(1, at / len(facts["by_second"]))
        if what == KILL:
            arms = _cross(x, bottom + 9)
            yield f'<path class="kill" d="{arms}" stroke-width="1.5" fill="none"/>'
        elif not what.endswith(": done"):
            y = LEGEND + 12 + 13 * steps
            steps += 1
            yield (
                f'<path class="step" d="M{x:.1f} {bottom}V{y:.1f}" stroke-dasharray="3 3"'
                ' fill="none"/>'
            )
            yield _text(x + 4, y + 9, what, "stepped", 11)
    yield _text(LEFT, bottom + 26, "0 s", "quiet", 11)
    yield _text(WIDTH - MARGIN, bottom + 26, f"{facts['lasted']:.0f} s", "quiet", 11, anchor="end")


def _staying(facts: Facts) -> Iterator[str]:
    """How many of the honest clients are still logged in."""
    honest = facts["outcome"]["honest"] or 1
    bottom = STAY_TOP + STAY_HEIGHT
    yield _text(LEFT, STAY_TOP - 10, "Honest clients still logged in", "ink", 13, "600")
    yield _text(LEFT - 8, STAY_TOP + 4, f"{honest:,}", "quiet", 11, anchor="end")
    yield _text(LEFT - 8, bottom, "0", "quiet", 11, anchor="end")
    yield _rule(bottom)
    path = f"M{LEFT} {STAY_TOP}"
    for gone, at in enumerate(facts["leavings"], 1):
        x = LEFT + PLOT * min(1, at / len(facts["by_second"]))
        path += f"H{x:.1f}V{STAY_TOP + STAY_HEIGHT * gone / honest:.1f}"
    path += f"H{WIDTH - MARGIN}"
    yield f'<path class="stay" d="{path}" stroke-width="2.5" fill="none"/>'


def _rows(rows: Sequence[tuple[str, str, bool | None]]) -> Iterator[str]:
    for number, (name, value, is_good) in enumerate(rows):
        y = TABLE_TOP + ROW * number
        colour = {True: "good", False: "bad", None: "ink"}[is_good]
        mark = {True: "✓ ", False: "✗ ", None: ""}[is_good]
        yield _text(LEFT, y, name, "ink", 13)
        weight = "400" if is_good is None else "600"
        yield _text(LEFT + 270, y, mark + value, colour, 13, weight)


def _cross(x: float, y: float) -> str:
    return f"M{x - 3:.1f} {y - 3:.1f}l6 6m0-6l-6 6"


def _rule(y: float) -> str:
    return f'<path class="line" d="M{LEFT} {y}H{WIDTH - MARGIN}" fill="none"/>'


def _text(
    x: float, y: float, words: str, colour: str, size: int, weight: str = "400", *,
    anchor: str = "start",
) -> str:  # fmt: skip
    return (
        f'<text class="{colour}" x="{x:.1f}" y="{y:.1f}" font-size="{size}" font-weight="{weight}"'
        f' text-anchor="{anchor}">{escape(words)}</text>'
    )

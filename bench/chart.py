"""The results as a picture: SVG, light and dark."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

from bench.contestants import Kind
from bench.figures import CLIENTS, OURS
from bench.peers import PEERS
from bench.results import NotMeasured, Results

WIDTH = 860
MARGIN = 24
LABELS = 190  # of the names, left of the bars
NUMBERS = 70  # of the figures, right of them
BAR, GAP = 18, 8
HEADING, BETWEEN = 30, 26
TOP, BOTTOM = 74, 24
FONT = "system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif"


@dataclass(frozen=True, slots=True)
class Colours:
    """Of one scheme; text and bars stand out from the background by 4.5 to 1 and more."""

    background: str
    text: str
    quiet: str
    ours: str
    theirs: str


SCHEMES = {
    "light": Colours("#ffffff", "#1f2328", "#59636e", "#b3266b", "#768390"),
    "dark": Colours("#0d1117", "#f0f6fc", "#9198a1", "#f778ba", "#6e7681"),
}


@dataclass(frozen=True, slots=True)
class Bar:
    """One contestant in one panel."""

    name: str
    value: float
    is_ours: bool


@dataclass(frozen=True, slots=True)
class Panel:
    """One work on one database, fastest first."""

    title: str
    bars: Sequence[Bar]

    @property
    def height(self) -> int:
        """In pixels."""
        return HEADING + len(self.bars) * (BAR + GAP)


PANELS: Sequence[tuple[str, Kind, str]] = (
    ("Who am I, SQLite", "sqlite", "me"),
    ("Who am I, PostgreSQL", "postgres", "me"),
    ("Refresh, SQLite", "sqlite", "refresh"),
    ("Refresh, PostgreSQL", "postgres", "refresh"),
)


def panels(results: Results) -> list[Panel]:
    """Read what can be drawn; what was not measured is left out."""
    drawn = [Panel(title, _bars(results, kind, work)) for title, kind, work in PANELS]
    return [panel for panel in drawn if panel.bars]


def _bars(results: Results, kind: Kind, work: str) -> list[Bar]:
    bars = []
    for name in (OURS, *(peer.name for peer in PEERS)):
        try:
            value = results.figure(name, kind, work, CLIENTS, "per_second")
        except NotMeasured:
            continue
        bars.append(Bar(name, value, is_ours=name == OURS))
    return sorted(bars, key=lambda bar: -bar.value)


def draw(shown: Sequence[Panel], colours: Colours, subtitle: str) -> str:
    """Draw the panels in two columns."""
    rows = [shown[n : n + 2] for n in range(0, len(shown), 2)]
    heights = [max(panel.height for panel in row) for row in rows]
    height = TOP + sum(heights) + BETWEEN * (len(rows) - 1) + BOTTOM
    frame = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}"'
        f' height="{height}" font-family="{FONT}" role="img" aria-label="{escape(_spoken(shown))}">'
    )
    lines = [
        frame,
        f'<rect width="{WIDTH}" height="{height}" rx="8" fill="{colours.background}"/>',
        _text(MARGIN, 30, "Requests a second, one core, 16 clients", colours.text, 17, "600"),
        _text(MARGIN, 49, subtitle, colours.quiet, 12),
        *_rows(rows, heights, colours),
        "</svg>\n",
    ]
    return "\n".join(lines)


def _rows(
    rows: Sequence[Sequence[Panel]], heights: Sequence[int], colours: Colours
) -> Iterator[str]:
    column = (WIDTH - 3 * MARGIN) // 2
    top = TOP
    for row, height in zip(rows, heights, strict=True):
        for place, panel in enumerate(row):
            yield from _panel(panel, MARGIN + place * (column + MARGIN), top, column, colours)
        top += height + BETWEEN


def _panel(panel: Panel, left: int, top: int, width: int, colours: Colours) -> Iterator[str]:
    yield _text(left, top + 16, panel.title, colours.text, 14, "600")
    room = width - LABELS - NUMBERS
    most = max(bar.value for bar in panel.bars)
    for n, bar in enumerate(panel.bars):
        y = top + HEADING + n * (BAR + GAP)
        start, length = left + LABELS, max(2, round(room * bar.value / most))
        weight = "700" if bar.is_ours else "400"
        fill = colours.ours if bar.is_ours else colours.theirs
        ink = colours.ours if bar.is_ours else colours.text
        yield _text(start - 8, y + 13, bar.name, ink, 12, weight, anchor="end")
        yield (f'<rect x="{start}" y="{y}" width="{length}" height="{BAR}" rx="2" fill="{fill}"/>')
        yield _text(start + length + 6, y + 13, f"{bar.value:,.0f}", ink, 12, weight)


def _text(
    x: int, y: int, words: str, fill: str, size: int, weight: str = "400", *, anchor: str = "start"
) -> str:
    return (
        f'<text x="{x}" y="{y}" fill="{fill}" font-size="{size}" font-weight="{weight}"'
        f' text-anchor="{anchor}">{escape(words)}</text>'
    )


def _spoken(shown: Sequence[Panel]) -> str:
    """Say the picture for whoever cannot see it."""
    return " ".join(
        f"{panel.title}: {', '.join(f'{bar.name} {bar.value:,.0f}' for bar in panel.bars)}."
        for panel in shown
    )

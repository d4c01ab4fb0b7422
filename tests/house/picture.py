"""The picture of the house in `docs/contributing.md`, drawn from the imports: `nox -s house`."""

from collections.abc import Iterator
from graphlib import TopologicalSorter

from tests.house.source import ROOT, Source

DOCUMENT = ROOT / "docs" / "contributing.md"
BEGIN, END = "<!-- the house, drawn by nox -s house -->\n", "<!-- so far it is drawn -->\n"

Arrows = dict[str, set[str]]


def redrawn(document: str, source: Source) -> str:
    """Return the document with the picture of the house as it is now."""
    before, _, rest = document.partition(BEGIN)
    after = rest.partition(END)[2]
    return f"{before}{BEGIN}\n```mermaid\n{draw(source)}\n```\n\n{END}{after}"


def draw(source: Source) -> str:
    """Draw a box a folder, with its rooms and files in it, in Mermaid."""
    lines = ["flowchart TB"]
    for folder in reversed(list(source.plan)):
        lines += [f"  subgraph {folder}_[{folder}]", "    direction LR"]
        lines += [f"    {line}" for line in _inside(source, folder)]
        lines += ["  end"]
    lines += [f"  {line}" for line in _drawn(without_detours(between_folders(source)), "==>")]
    return "\n".join(lines)


def within(source: Source, folder: str) -> Arrows:
    """Return what each member of a folder imports of the same folder."""
    return {
        place: {target for target in targets if target.startswith(f"{folder}/")}
        for place, targets in source.arrows().items()
        if place.startswith(f"{folder}/")
    }


def between_folders(source: Source) -> Arrows:
    """Return which folders each folder imports from."""
    found: Arrows = {folder: set() for folder in source.plan}
    for one in source.imports:
        if one.target and one.target.folder != one.importer.folder:
            found[one.importer.folder].add(one.target.folder)
    return {f"{folder}_": {f"{target}_" for target in targets} for folder, targets in found.items()}


def without_detours(arrows: Arrows) -> Arrows:
    """Leave out each arrow that a longer way implies (the transitive reduction)."""
    reached: Arrows = {}
    for place in TopologicalSorter(arrows).static_order():
        reached[place] = arrows[place].union(*(reached[target] for target in arrows[place]))
    return {
        place: targets.difference(*(reached[target] for target in targets))
        for place, targets in arrows.items()
    }


def _inside(source: Source, folder: str) -> Iterator[str]:
    arrows = without_detours(within(source, folder))
    for member in source.plan[folder]:
        place = f"{folder}/{member}".rstrip("/")
        label = member.rstrip("/")
        yield f"{_id(place)}[{label}]" if member.endswith("/") else f"{_id(place)}([{label}])"
    yield from _drawn(arrows, "-->")


def _drawn(arrows: Arrows, arrow: str) -> Iterator[str]:
    for place, targets in sorted(arrows.items()):
        for target in sorted(targets):
            yield f"{_id(place)} {arrow} {_id(target)}"


def _id(place: str) -> str:
    return place.replace("/", "_")


if __name__ == "__main__":
    DOCUMENT.write_text(redrawn(DOCUMENT.read_text("utf-8"), Source()), encoding="utf-8")

"""How large the house is: `nox -s house` says it, of another checkout with a folder behind `--`."""

import ast
import sys
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path
from statistics import median

from tests.house.house import HOUSE
from tests.house.picture import within, without_detours
from tests.house.source import ROOT, Source

DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def measures(source: Source) -> Iterator[tuple[str, str]]:
    """Yield what is measured, and the figure, of the code that is shipped."""
    yield "files", str(len(source.modules))
    yield "lines of a file", _spread(list(_file_lines(source)))
    yield "lines of a function", _spread(list(_function_lines(source)))
    yield "parameters of a constructor", _spread(list(_constructors(source)))
    yield "layers of modules", str(_layers(_imports(source, *source.plan)))
    for folder in source.plan:
        arrows = _imports(source, folder)
        count = sum(map(len, arrows.values()))
        yield f"{folder}, files on one floor", str(_on_one_floor(source, folder))
        yield f"{folder}, modules", f"{count} imports, {_layers(arrows)} layers"
        yield f"{folder}, rooms", _rooms(source, folder)


def _spread(counted: list[tuple[int, str]]) -> str:
    largest, where = max(counted)
    return f"{median(count for count, _ in counted):g} in the middle, at most {largest} ({where})"


def _file_lines(source: Source) -> Iterator[tuple[int, str]]:
    for module in source.modules.values():
        text = (source.root / module.file).read_text("utf-8")
        yield len(text.splitlines()), module.file


def _functions(source: Source) -> Iterator[tuple[ast.FunctionDef | ast.AsyncFunctionDef, str]]:
    for module in source.modules.values():
        for node in ast.walk(module.tree):
            if isinstance(node, DEFINITIONS):
                yield node, f"{module.file} {node.name}"


def _function_lines(source: Source) -> Iterator[tuple[int, str]]:
    for node, where in _functions(source):
        yield (node.end_lineno or node.lineno) - node.lineno + 1, where


def _constructors(source: Source) -> Iterator[tuple[int, str]]:
    """Those that are written; those that dataclasses have are fields with names."""
    for node, where in _functions(source):
        if node.name == "__init__":
            yield len([*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]) - 1, where


def _on_one_floor(source: Source, folder: str) -> int:
    return sum(
        1
        for module in source.modules.values()
        if module.folder == folder and not module.member.endswith("/")
    )


def _imports(source: Source, *folders: str) -> dict[str, set[str]]:
    """What each module imports, past the faces: a face only hands on what another module has."""
    arrows: dict[str, set[str]] = {
        module.name: set()
        for module in source.modules.values()
        if module.folder in folders and not module.is_face
    }
    for one in source.imports:
        target = one.target and source.home_of(one.target, one.name)
        if target and {one.importer.name, target.name} <= arrows.keys():
            arrows[one.importer.name].add(target.name)
    return {name: targets - {name} for name, targets in arrows.items()}


def _layers(arrows: dict[str, set[str]]) -> int:
    """How many stand on one another, at the longest way down."""
    height: dict[str, int] = {}
    for name in TopologicalSorter(arrows).static_order():
        height[name] = 1 + max((height[target] for target in arrows[name]), default=0)
    return max(height.values(), default=0)


def _rooms(source: Source, folder: str) -> str:
    arrows = within(source, folder)
    rooms = {one.place for one in source.modules.values() if one.member.endswith("/")}
    inside = len(rooms & arrows.keys())
    drawn = sum(map(len, without_detours(arrows).values()))
    return (
        f"{inside} rooms and {len(arrows) - inside} single files,"
        f" {sum(map(len, arrows.values()))} arrows ({drawn} drawn), {_layers(arrows)} layers"
    )


if __name__ == "__main__":
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT
    for what, figure in measures(Source(root, HOUSE)):
        sys.stdout.write(f"{what}: {figure}\n")

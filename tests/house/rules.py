"""What the house asks of its source; each rule yields a sentence for each place that breaks it.

A sentence says where the import, the file or the name should go. `nox -s lint` says them too: an
import in a circle may keep the tests from starting.
"""

import ast
import re
import sys
from collections.abc import Callable, Iterator
from graphlib import CycleError, TopologicalSorter

from tests.house.house import NOT_IN, ONLY_IN, OPEN, WIRED_IN
from tests.house.source import FACE, PACKAGE, Import, Module, Source, bound, handed_out

Rule = Callable[[Source], Iterator[str]]

PLAN = "tests/house/house.py"
DOCUMENTED = re.compile(rf"from ({PACKAGE}[\w.]*) import (\([^)]*\)|[^\n`(]+)")


def imports_of_an_inside(source: Source) -> Iterator[str]:
    """Outside of a room only its face is imported, and of the face what it hands out."""
    for one in source.imports:
        if not one.target or one.importer == one.target:
            continue
        if one.importer.place == one.target.place:
            if one.target.is_face:
                yield (
                    f"{one.where} imports {one.name or one.target.name} from the face of its own"
                    f" room: import it from {_home(one.target, one.name)}."
                )
        else:
            face = source.face_of(one.target)
            if one.target.is_face:
                yield from _what_a_face_keeps(one, one.target)
            elif face and face.place not in OPEN:
                yield f"{one.where} imports {one.target.name}, which is the room's own: " + (
                    _from_the_face(one, face)
                )


def _from_the_face(one: Import, face: Module) -> str:
    name = one.name or one.written.rpartition(".")[2]
    if not one.name:
        return f"import what you need of it from {face.name}."
    if name in handed_out(face):
        return f"import {name} from {face.name}."
    return f"{face.name} does not hand out {name}; name it in the __all__ of {face.file}."


def _what_a_face_keeps(one: Import, face: Module) -> Iterator[str]:
    if one.name and one.name not in handed_out(face) and face.place not in OPEN:
        yield (
            f"{one.where} imports {one.name} from {face.name}, which does not hand it out:"
            f" name it in the __all__ of {face.file}."
        )


def arrows_against_the_order(source: Source) -> Iterator[str]:
    """What is imported stands below, in this folder or in one below it."""
    folders = list(source.plan)
    for one in source.imports:
        if not one.target or one.importer.place == one.target.place:
            continue
        here, there = one.importer.folder, one.target.folder
        if here == there:
            yield from _against_the_order_of_a_folder(source, one, one.target)
        elif folders.index(here) < folders.index(there):
            yield (
                f"{one.where} imports {one.target.name}: {here} stands below {there}."
                f" Move what both need into {here}, or have {there} hand it over."
            )


def _against_the_order_of_a_folder(source: Source, one: Import, target: Module) -> Iterator[str]:
    order = source.plan[target.folder]
    if one.importer.member == FACE or not {one.importer.member, target.member} <= {*order, FACE}:
        return  # a face has all of its folder; a stranger is found by another rule
    if target.member == FACE:
        home = _home(target, one.name)
        yield (
            f"{one.where} imports {one.name or target.name} from the face of its own folder:"
            f" import it from {home}."
        )
    elif order.index(one.importer.member) < order.index(target.member):
        below, above = one.importer.member.rstrip("/"), target.member.rstrip("/")
        yield (
            f"{one.where} imports {target.name}: {below} stands below {above} ({PLAN})."
            f" Move what both need below {below}, or have {above} handed over where both are"
            f" wired, in {WIRED_IN.get(target.folder, target.folder)}."
        )


def _home(face: Module, name: str) -> str:
    for node in ast.walk(face.tree):
        if isinstance(node, ast.ImportFrom) and name in {alias.name for alias in node.names}:
            return str(node.module)
    return "where it is"


def strangers(source: Source) -> Iterator[str]:
    """Every file is in a room or listed by its name, and what is listed is there."""
    found = dict.fromkeys((one.folder, one.member) for one in source.modules.values())
    for folder, member in found:
        if member in source.plan[folder] or member == FACE:
            continue
        what = f"{folder}/{member}" if member.endswith("/") else f"{folder}/{member}.py"
        yield (
            f"{what} belongs to no room: put it into one, or name {member!r} in {PLAN},"
            " above what it imports."
        )
    for folder, members in source.plan.items():
        for member in members:
            if (folder, member) not in found:
                yield f"{PLAN} lists {folder}/{member}, which is not there: leave it out."


def faces_that_do_not_hold(source: Source) -> Iterator[str]:
    """A face says what its room is for, and hands out what others use, all of it and no more."""
    taken = _taken_from_outside(source)
    for face in source.modules.values():
        if not (face.is_face and face.member != FACE):
            continue
        yield from _says_what_for(face)
        if face.place not in OPEN:
            yield from _hands_out(face)
            for name in handed_out(face):
                if not {(face.name, name), (face.name, "")} & taken:
                    yield (
                        f"{face.file} hands out {name}, which nobody outside imports:"
                        " leave it out of __all__."
                    )


def _says_what_for(face: Module) -> Iterator[str]:
    sentence = " ".join((ast.get_docstring(face.tree) or "").partition("\n\n")[0].split())
    if not sentence.endswith(".") or len(sentence.split()) < 4:
        yield f"{face.file} does not say what the room is for: begin it with a sentence."


def _hands_out(face: Module) -> Iterator[str]:
    names, own = handed_out(face), bound(face)
    if not names:
        yield f"{face.file} hands out nothing: name in __all__ what others may use."
    if names != sorted(names, key=_as_ruff_sorts):
        yield f"{face.file} has an __all__ that is not sorted: run nox -s format."
    for name in sorted(own - set(names)):
        yield f"{face.file} has {name} and does not hand it out: name it in __all__, or drop it."
    for name in sorted(set(names) - own):
        yield f"{face.file} hands out {name}, which the room does not have: leave it out."


def _as_ruff_sorts(name: str) -> tuple[int, str]:
    kind = 0 if name.isupper() else 1 if name[0].isupper() else 2
    return kind, name


def _taken_from_outside(source: Source) -> set[tuple[str, str]]:
    taken = {
        (one.target.name, one.name)
        for one in source.imports
        if one.target and one.importer.place != one.target.place
    }
    for text in _documents(source):
        for module, names in DOCUMENTED.findall(text):
            words = re.sub(r"#[^\n]*", "", names).strip("()").split(",")
            taken |= {(module, word.split()[0]) for word in words if word.strip()}
    return taken


def _documents(source: Source) -> Iterator[str]:
    """What hosts read, and copy from."""
    yield from (path.read_text("utf-8") for path in source.root.glob("*.md"))
    for folder, kind in (("docs", "*.md"), ("examples", "*.py"), ("examples", "*.md")):
        yield from (path.read_text("utf-8") for path in (source.root / folder).rglob(kind))


def libraries_out_of_place(source: Source) -> Iterator[str]:
    """A library that is easy to hold wrongly is held in one file, and each folder has its own."""
    for one in source.imports:
        if one.library in NOT_IN.get(one.importer.folder, ()):
            yield f"{one.where} imports {one.written}: {one.library} is none of this folder's."
        elif one.importer.file != ONLY_IN.get(one.library, one.importer.file):
            yield (
                f"{one.where} imports {one.written}: {one.library} is held in"
                f" {ONLY_IN[one.library]}, which is the one place to get it right. Use what it has."
            )


def bare_names(source: Source) -> Iterator[str]:
    """A bare `models` would be a second copy of each class, or the host's own package."""
    for one in source.imports:
        if one.library in source.plan:
            yield f"{one.where} imports {one.written}: say {PACKAGE}."


def circles(source: Source) -> Iterator[str]:
    """Modules import one another without a circle, so any of them can be read, or loaded, first."""
    graph: dict[str, set[str]] = {name: set() for name in source.modules}
    for one in source.imports:
        if one.target:
            graph[one.importer.name].add(one.target.name)
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        yield f"{' -> '.join(reversed(error.args[1]))}: break the circle at one of these imports."


RULES: tuple[Rule, ...] = (
    imports_of_an_inside,
    arrows_against_the_order,
    strangers,
    faces_that_do_not_hold,
    libraries_out_of_place,
    bare_names,
    circles,
)


def said(source: Source) -> list[str]:
    """Return what all rules say of a house."""
    return [sentence for rule in RULES for sentence in rule(source)]


if __name__ == "__main__":
    sys.exit("\n".join(said(Source())) or None)

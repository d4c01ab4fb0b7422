"""What a library keeps private is used in one module of a room, and nowhere else in it."""

import ast
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent

ROOT = Path(__file__).parents[2]
ALLOWED = {"models": "models/tortoise_internals.py"}
"""The module of each room, which a test of its own checks against the library."""

SAMPLE = dedent(
    """
    from tortoise.context import _current_context  # imported
    from tortoise import context, _private as public  # imported

    class Ours(Theirs):
        _mine: int = 0

        def __init__(self, model):
            super().__init__()
            self._own = model._meta  # of another object
            getattr(model, "_pool", None)  # by its name
            super()._init(self._own, self._mine, cls._method())  # of another object
            self._theirs()  # inherited

        def _method(self):
            return self.__class__, __file__, self._own._x  # of another object
    """
)


def found(source: str) -> Iterator[tuple[int, str]]:
    """Each line that uses a private name of something else, and in which way."""
    tree = ast.parse(source)
    ours = set(_defined(tree))
    for node in ast.walk(tree):
        match node:
            case ast.ImportFrom(module=str(module), names=names):
                if not module.startswith("authberry") and any(
                    _is_private(one.name) for one in names
                ):
                    yield node.lineno, "imported"
            case ast.Call(func=ast.Name(id="getattr" | "setattr" | "hasattr"), args=[_, name, *_]):
                if isinstance(name, ast.Constant) and _is_private(str(name.value)):
                    yield node.lineno, "by its name"
            case ast.Attribute(value=ast.Name(id="self" | "cls"), attr=name):
                if _is_private(name) and name not in ours:
                    yield node.lineno, "inherited"
            case ast.Attribute(attr=name) if _is_private(name):
                yield node.lineno, "of another object"


def _is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__")


def _defined(tree: ast.Module) -> Iterator[str]:
    """What the classes of a module define themselves."""
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield name
            case (
                ast.Name(id=name, ctx=ast.Store())
                | ast.Attribute(value=ast.Name(id="self"), attr=name, ctx=ast.Store())
            ):
                yield name


def test_the_sample_breaks_the_rule_where_it_says() -> None:
    """A rule that finds nothing in bad code would find nothing in ours."""
    told = {
        (number, line.partition("  # ")[2])
        for number, line in enumerate(SAMPLE.splitlines(), 1)
        if "  # " in line
    }
    assert set(found(SAMPLE)) == told


def test_what_a_library_keeps_private_is_used_in_one_module() -> None:
    """So that a new version is read in one place; put what is needed there, under a public name."""
    assert [
        f"{path.relative_to(ROOT)}:{line} uses a private name ({how}): that belongs in {allowed}"
        for room, allowed in ALLOWED.items()
        for path in sorted((ROOT / room).rglob("*.py"))
        if path != ROOT / allowed
        for line, how in found(path.read_text("utf-8"))
    ] == []

"""The messages of the errors that clients get, read from the source."""

import ast
import inspect
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from authberry.errors import AuthError

ROOT = Path(__file__).parents[2]
ROOMS = {
    "auth": "authberry",
    "graph": "authberry.graph",
    "models": "authberry.models",
    "server": "authberry.server",
}
SCRIPTS = ("server/frontend", "models/migrations")  # scripts, which are never imported

Names = Mapping[str, object]


@dataclass(frozen=True)
class Unknown:
    """An argument whose value is known only at run time: its source, and the texts in it."""

    source: str
    texts: tuple[str, ...]


@dataclass(frozen=True)
class Call:
    """One call in the source, with its arguments as far as they are known before it runs."""

    file: str
    name: str
    arguments: tuple[object, ...]


def refusals() -> dict[str, type[AuthError]]:
    """Every class of error, by its name."""

    def below(kind: type[AuthError]) -> Iterator[type[AuthError]]:
        for child in kind.__subclasses__():
            yield child
            yield from below(child)

    for path, module in _modules():
        if "AuthError)" in path.read_text("utf-8"):
            import_module(module)
    return {kind.__name__: kind for kind in below(AuthError)}


def message_position(kind: type[AuthError]) -> int | None:
    """Which argument of a refusal is a message of its own, if it takes one."""
    parameters = list(inspect.signature(kind).parameters)
    return parameters.index("message") if "message" in parameters else None


def calls(*names: str) -> Iterator[Call]:
    """Every call of these names, wherever it is."""
    for path, module in _modules():
        text = path.read_text("utf-8")
        if any(f"{name}(" in text for name in names):
            known = vars(import_module(module))
            for name, arguments in _calls_in(ast.parse(text), names):
                values = tuple(_value(argument, known) for argument in arguments)
                yield Call(str(path.relative_to(ROOT)), name, values)


def _modules() -> Iterator[tuple[Path, str]]:
    for room, package in ROOMS.items():
        for path in sorted((ROOT / room).rglob("*.py")):
            if not any(path.is_relative_to(ROOT / folder) for folder in SCRIPTS):
                inner = path.relative_to(ROOT / room).with_suffix("").parts
                yield path, ".".join([package, *inner]).removesuffix(".__init__")


def _calls_in(tree: ast.Module, names: tuple[str, ...]) -> Iterator[tuple[str, list[ast.expr]]]:
    """The calls of a file; where a function has named an argument before, what it has named so."""
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    for scope in [tree, *(node for node in ast.walk(tree) if isinstance(node, functions))]:
        named = {
            node.targets[0].id: node.value
            for node in _within(scope)
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
        }
        for node in _within(scope):
            if isinstance(node, ast.Call) and (name := _called(node.func)) in names:
                yield name, [named.get(ast.unparse(one), one) for one in node.args]


def _within(scope: ast.AST) -> Iterator[ast.AST]:
    """All that is in a scope, and in no function within it."""
    for child in ast.iter_child_nodes(scope):
        if not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            yield child
            yield from _within(child)


def _called(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else ast.unparse(function)


def _value(node: ast.expr, known: Names) -> object:
    """The value of an expression, if it calls nothing and names nothing of run time."""
    if isinstance(node, ast.JoinedStr):
        return _text(node, known)
    if not any(isinstance(part, ast.Call | ast.Await) for part in ast.walk(node)):
        try:
            return eval(ast.unparse(node), dict(known))  # noqa: S307 - our own source
        except NameError:
            pass
    return Unknown(ast.unparse(node), tuple(_texts(node, known)))


def _text(node: ast.JoinedStr, known: Names) -> str:
    """A text, with `<source>` for each part that is known only at run time."""
    parts = []
    for part in node.values:
        if isinstance(part, ast.FormattedValue):
            value = _value(part.value, known)
            parts.append(f"<{value.source}>" if isinstance(value, Unknown) else str(value))
        else:
            parts.append(ast.literal_eval(part))
    return "".join(parts)


def _texts(node: ast.AST, known: Names) -> Iterator[str]:
    if isinstance(node, ast.JoinedStr):
        yield _text(node, known)
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    else:
        for child in ast.iter_child_nodes(node):
            yield from _texts(child, known)

"""Four rooms, one direction: server -> graph -> auth -> models."""

import ast
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROOMS = ("auth", "graph", "models", "server")

# What a room may not reach for: other rooms, by the name they are imported under, and libraries.
FORBIDDEN = {
    "models": {
        *("authberry.auth", "authberry.graph", "authberry.server"),
        *("argon2", "graphql", "jwt", "nacl", "starlette", "strawberry", "typer", "uvicorn"),
    },
    "auth": {
        *("authberry.graph", "authberry.server"),
        *("graphql", "starlette", "strawberry", "typer", "uvicorn"),
    },
    "graph": {
        "authberry.server",
        *("aiosqlite", "asyncpg", "tortoise", "typer", "uvicorn"),
    },
    "server": {
        *("aiosqlite", "asyncpg", "tortoise"),
    },
}

# A library that is easy to hold wrongly is held in one place.
ONLY_IN = {
    "argon2": "auth/passwords/hashing.py",
    "fastapi": "server/verify/fastapi.py",
    "httpx2": "auth/fetching.py",
    "jwt": "auth/tokens/jose.py",
    "nacl": "auth/passwords/hashing.py",
}


def sources(*folders: str) -> Iterator[Path]:
    """Every Python file of the folders, without a list to forget one in."""
    for folder in folders:
        yield from sorted((ROOT / folder).rglob("*.py"))


def imports(path: Path) -> Iterator[str]:
    """The dotted names a file imports, wherever in it: `from a import b` is `a.b`."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def module(path: Path) -> str:
    """The name a file is imported by; the room `auth` is the package `authberry` itself."""
    names = path.relative_to(ROOT).with_suffix("").parts
    names = names[1:] if names[0] == "auth" else names
    return ".".join(["authberry", *names]).removesuffix(".__init__")


def roots(imported: str) -> set[str]:
    """What an import reaches for: a library, or a room as `authberry.room`."""
    library, _, rest = imported.partition(".")
    if library != "authberry":
        return {library}
    inner = rest.partition(".")[0]
    return {f"authberry.{inner if inner in ROOMS else 'auth'}"}


def test_a_room_imports_only_what_lies_below_it() -> None:
    """Models know no rules, rules know no GraphQL and no HTTP, and no query is made above them."""
    assert [
        f"{path.relative_to(ROOT)} imports {imported}"
        for room, forbidden in FORBIDDEN.items()
        for path in sources(room)
        for imported in imports(path)
        if roots(imported) & forbidden
    ] == []


def test_tokens_and_password_hashes_are_each_made_in_one_file() -> None:
    """PyJWT and what hashes have one caller each, which is the one place to get them right."""
    assert [
        f"{path.relative_to(ROOT)} imports {imported}"
        for path in sources(*ROOMS)
        for imported in imports(path)
        for library in roots(imported) & ONLY_IN.keys()
        if path != ROOT / ONLY_IN[library]
    ] == []


def test_every_import_says_authberry() -> None:
    """A bare `models` would be a second copy of each class, or the host's own package."""
    assert [
        f"{path.relative_to(ROOT)} imports {imported}"
        for path in sources(*ROOMS, "tests")
        for imported in imports(path)
        if roots(imported) & set(ROOMS)
    ] == []


def test_no_module_waits_for_itself() -> None:
    """Modules import one another without a cycle, so any of them can be read, or loaded, first."""
    known = {module(path): path for path in sources(*ROOMS)}
    TopologicalSorter(
        {
            name: {
                imported if imported in known else imported.rpartition(".")[0]
                for imported in imports(path)
            }
            for name, path in known.items()
        }
    ).prepare()

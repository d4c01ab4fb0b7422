"""What clairvoyance puts together of the schema, from what refusals say of words it tries."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from graphql import GraphQLInputObjectType, GraphQLInterfaceType, GraphQLObjectType, build_schema
from processes import Server

HERE = Path(__file__).parent
SCHEMA = build_schema((HERE.parents[1] / "schema.graphql").read_text("utf-8"))
NOTHING = "dummy"  # what it calls the field of a type of which it has found none
ROOTS = {"query": SCHEMA.query_type, "mutation": SCHEMA.mutation_type}


def names() -> set[str]:
    """Every field and every argument that there is."""
    found: set[str] = set()
    for kind in SCHEMA.type_map.values():
        if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType | GraphQLInputObjectType):
            found |= kind.fields.keys()
        if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType):
            found |= {name for field in kind.fields.values() for name in field.args}
    return found


def near_misses() -> set[str]:
    """Each of the names with one letter too many or too few: what suggestions put right."""
    misses = {name + name[-1] for name in names()} | {name[:-1] for name in names()}
    return {name for name in misses if len(name) > 1} - names()


def dictionary(tools: Path, count: int) -> list[str]:
    """The words that it brings along, without those that are names here."""
    (path,) = tools.parent.glob("lib/*/site-packages/clairvoyance/wordlist.txt")
    words = path.read_text("utf-8").split()
    return [word for word in words if word not in names()][:count]


def found(tools: Path, folder: Path, server: Server, operation: str, words: set[str]) -> set[str]:
    """The fields that it has found, and the arguments, when it was given these words."""
    (folder / "words").write_text("\n".join(sorted(words)), "utf-8")
    command: list[str | Path] = [
        *(tools / "python", HERE / "small_batches.py", f"{server.url}/graphql"),
        *("-d", f"{operation} {{ FUZZ }}", "-w", folder / "words", "-o", folder / "schema.json"),
    ]
    subprocess.run(command, check=True, capture_output=True, timeout=1200)  # noqa: S603 - as locked
    schema: Any = json.loads((folder / "schema.json").read_text("utf-8"))["data"]["__schema"]
    fields = [field for kind in schema["types"] for field in kind.get("fields") or ()]
    arguments = [argument for field in fields for argument in field.get("args") or ()]
    return {one["name"] for one in [*fields, *arguments]}


def test_production_tells_nothing_to_whoever_guesses(
    serve_unthrottled: Callable[..., Server],
    tools: Path,
    tmp_path: Path,
    effort: Callable[[int, int], int],
    subtests: pytest.Subtests,
) -> None:
    """Of each name a letter more or less, and thousands of words: not one name is put right."""
    words = near_misses() | set(dictionary(tools, effort(300, 20_000)))
    server = serve_unthrottled("production")
    for operation in ROOTS:
        with subtests.test(operation):
            assert found(tools, tmp_path, server, operation, words) == {NOTHING}


def test_development_puts_every_root_field_right(
    serve_unthrottled: Callable[..., Server],
    tools: Path,
    tmp_path: Path,
    subtests: pytest.Subtests,
) -> None:
    """What the test above would see if there were suggestions."""
    server = serve_unthrottled("development")
    for operation, root in ROOTS.items():
        with subtests.test(operation):
            assert root
            learned = found(tools, tmp_path, server, operation, near_misses())
            assert root.fields.keys() <= learned

"""What documents say of the schema and of the settings is so."""

import re
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from graphql import parse, validate

from authberry import Settings
from authberry.graph import build_schema
from authberry.graph.strawberry_internals import core_schema

DOCS = Path(__file__).parents[2] / "docs"
SETTINGS = (DOCS / "settings.md").read_text("utf-8").partition("\n## ")[0]
OPERATION = re.compile(r"(query|mutation|subscription)\b.*\{|\{ ")
OF_A_HOST = {"merge.md", "merge-database.md", "federation.md", "graphiql.md"}
"""Documents about schemas that are not ours alone."""


def blocks(text: str) -> Iterator[str]:
    """What is indented, each part of it that stands between empty lines."""
    for part in text.split("\n\n"):
        lines = part.splitlines()
        if lines and all(line.startswith("    ") for line in lines):
            yield "\n".join(line[4:] for line in lines)


def operations() -> Iterator[tuple[str, str]]:
    """Every GraphQL operation that a document shows, with the document."""
    for path in sorted(DOCS.glob("*.md")):
        if path.name not in OF_A_HOST:
            for block in blocks(path.read_text("utf-8")):
                if OPERATION.match(block):
                    yield path.name, block


def test_operations_are_found() -> None:
    """Those about factors, all of which have a place in one document."""
    assert Counter(name for name, _ in operations())["factors.md"] == 10


@pytest.mark.parametrize(("name", "operation"), list(operations()))
def test_an_operation_that_a_document_shows_can_be_sent(name: str, operation: str) -> None:
    """Every field, argument and type of it is in the schema."""
    schema = core_schema(build_schema(introspection=True))
    assert [error.message for error in validate(schema, parse(operation))] == [], name


def test_every_setting_has_a_row() -> None:
    """One, and there are no others; a name may stand in a row of several."""
    names = [
        name
        for line in SETTINGS.splitlines()
        if line.startswith("| `")
        for name in re.findall(r"`AUTHBERRY_(\w+)`", line.split("|")[1])
    ]
    assert sorted(names) == sorted(field.upper() for field in Settings.model_fields)


@pytest.mark.parametrize("field", ["step_up_ttl", "trusted_device_ttl", "factor_reset_wait"])
def test_a_duration_has_the_default_that_its_row_says(field: str) -> None:
    """In seconds."""
    (default,) = re.findall(rf"`AUTHBERRY_{field.upper()}` \| `(\d+)` ", SETTINGS)
    assert Settings.model_fields[field].default == timedelta(seconds=int(default))

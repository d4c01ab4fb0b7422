"""The table of requirements: complete, and every test that it names is there."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TABLE = (ROOT / "docs" / "requirements.md").read_text("utf-8")

# How many there are of each kind.
COUNTS = {
    "P": 12,
    "E": 4,
    "R": 9,
    "J": 13,
    "S": 21,
    "C": 10,
    "G": 15,
    "T": 10,
    "K": 5,
    "U": 3,
    "X": 5,
    "B": 6,
    "L": 3,
    "N": 5,
    "D": 11,
    "O": 3,
    "V": 2,
}
IDS = [f"{kind}{number}" for kind, count in COUNTS.items() for number in range(1, count + 1)]

ROW = re.compile(
    r"^\| (?P<id>[A-Z]\d+) \| (?P<level>[12]) \| (?P<what>[^|]+) \| (?P<tests>[^|]+) \|$"
)
TEST = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")


def rows() -> dict[str, str]:
    """The last column of each row."""
    lines = [line for line in TABLE.splitlines() if re.match(r"\| [A-Z]\d", line)]
    found = [ROW.match(line) for line in lines]
    assert [line for line, row in zip(lines, found, strict=True) if not row] == []
    listed = [row["id"] for row in found if row]
    assert len(set(listed)) == len(listed)
    return {row["id"]: row["tests"] for row in found if row}


@cache
def functions_of(file: str) -> set[str]:
    """What pytest finds in a file: its functions, which may have parameters."""
    path = ROOT / file
    if not path.is_file():
        return set()
    tree = ast.parse(path.read_text("utf-8"))
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return {node.name for node in tree.body if isinstance(node, kinds)}


def missing(tests: str) -> list[str]:
    """Those of the tests named in a column that are not there."""
    return [
        f"{file}::{name}" for file, name in TEST.findall(tests) if name not in functions_of(file)
    ]


def test_every_requirement_has_a_row() -> None:
    """In the order of the list, so that one that is lost is noticed."""
    assert list(rows()) == IDS


@pytest.mark.parametrize("requirement", IDS)
def test_every_row_names_tests_that_are_there(requirement: str) -> None:
    """And nothing else."""
    tests = rows()[requirement]
    assert missing(tests) == []
    assert TEST.sub("", tests).replace("<br>", "") == ""
    assert TEST.search(tests)


def test_a_test_that_is_gone_would_be_missed() -> None:
    """By its name or with its file."""
    here = "tests/house/test_requirements.py"
    assert missing(f"`{here}::test_every_requirement_has_a_row`") == []
    assert missing(f"`{here}::test_of_yesterday`") == [f"{here}::test_of_yesterday"]
    assert missing("`tests/gone.py::test_x`<br>`tests/gone.py::test_y`") == [
        "tests/gone.py::test_x",
        "tests/gone.py::test_y",
    ]

"""The house in rooms: who imports whom, and through which face.

The rooms and their order are in `tests/house/house.py`, what is asked of them in
`tests/house/rules.py`.
"""

import tomllib

import pytest

from tests.house.house import HOUSE, NOT_SHIPPED, ONLY_IN, OPEN, WIRED_IN
from tests.house.rules import RULES, Rule
from tests.house.source import ROOT, Source


@pytest.fixture(scope="module")
def source() -> Source:
    """The house as it is."""
    return Source()


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_house_holds(rule: Rule, source: Source) -> None:
    """Each room is imported by its face, from above, and has nothing that belongs elsewhere."""
    assert list(rule(source)) == []


def test_the_tests_say_authberry() -> None:
    """A test that imports a bare `models` tests a second copy of it."""
    tests = Source(plan={"tests": ()})
    assert [
        f"{one.where} imports {one.written}" for one in tests.imports if one.library in HOUSE
    ] == []
    assert len(tests.modules) > 100


def test_the_plan_names_what_is_there(source: Source) -> None:
    """The folders are those that are packaged; an exception that is over is taken back."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    assert sorted(project["tool"]["setuptools"]["package-dir"].values()) == sorted(HOUSE)
    assert [
        file for file in (*ONLY_IN.values(), *WIRED_IN.values()) if not (ROOT / file).exists()
    ] == []
    assert [folder for folder in (*OPEN, *NOT_SHIPPED) if not (ROOT / folder).is_dir()] == []

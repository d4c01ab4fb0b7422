"""What `tests/conftest.py` leaves out on some grounds, by name."""

import ast
from pathlib import Path

TESTS = Path(__file__).parents[1]
LISTS = {"WITHOUT_DATABASE", "WITHOUT_COMPANY"}


def test_what_is_left_out_is_there() -> None:
    """A name that leads nowhere leaves nothing out, and the same is proved once more each time."""
    tree = ast.parse((TESTS / "conftest.py").read_text("utf-8"))
    named = [
        constant.value
        for node in tree.body
        if isinstance(node, ast.Assign) and {ast.unparse(one) for one in node.targets} & LISTS
        for constant in ast.walk(node.value)
        if isinstance(constant, ast.Constant) and isinstance(constant.value, str)
    ]
    assert len(named) > len(LISTS)
    assert [name for name in named if not (TESTS / name).exists()] == []

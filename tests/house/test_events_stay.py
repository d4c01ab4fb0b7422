"""Events are added and, when old, deleted; no code of ours changes one.

PostgreSQL refuses it (tests/auth/events/test_store_on_postgres.py); on SQLite there is only this.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROOMS = ("auth", "graph", "models", "server")
CHANGING = {
    "update",
    "bulk_update",
    "save",
    "update_or_create",
    "update_from_dict",
    "select_for_update",
}


def calls(source: str) -> Iterator[str]:
    """Methods that are called on something that begins with `SecurityEvent`."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            inner: ast.AST = node.func.value
            while isinstance(inner, ast.Call | ast.Attribute | ast.Await):
                inner = inner.func if isinstance(inner, ast.Call) else inner.value
            if isinstance(inner, ast.Name) and inner.id == "SecurityEvent":
                yield node.func.attr


def test_no_code_changes_an_event() -> None:
    """Neither by the model nor in SQL."""
    sources = [path for room in ROOMS for path in (ROOT / room).rglob("*.py")]
    found = {name for path in sources for name in calls(path.read_text("utf-8"))}
    assert "filter" in found
    assert found & CHANGING == set()
    for path in sources:
        text = path.read_text("utf-8")
        assert "UPDATE authberry_event" not in text, path
        assert "UPDATE {_EVENTS}" not in text, path


def test_what_would_change_one_is_seen() -> None:
    """However it is spelt."""
    source = "async def f():\n    await SecurityEvent.filter(id=1).exclude(id=2).update(kind='x')\n"
    assert set(calls(source)) & CHANGING == {"update"}

"""Statements that the product runs on PostgreSQL, recorded while it is tested.

Which of them are ours is told by the stack: a statement is of the nearest code that is neither a
library nor what only hands statements on. What tests ask the database by themselves does not count.
"""

import json
import os
import re
import sys
from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from types import FrameType
from typing import Any, NamedTuple
from uuid import UUID

import asyncpg
import pytest
from frozen_clock import NOON

TESTS = Path(__file__).parents[1]
FILE = TESTS / "plans" / "statements.json"
"""Those that `nox -s plans` explains."""
OURS = tuple(str(TESTS.parent / room) for room in ("auth", "graph", "models", "server"))
HANDED_ON = {"fetch", "read", "write", "_fetch_at_once"}
OUR_TABLES = "authberry_"
EXPLAINED = ("SELECT", "INSERT", "UPDATE", "DELETE", "WITH")
MIDDLE = "80000000-0000-4000-8000-000000000000"

_LIST = re.compile(r"\(\$\d+(, ?\$\d+)*\)")
_NAME = re.compile(r"[a-z_]{1,32}")
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_NUMBER = re.compile(r"\$\d+|(?<=LIMIT )\d+|(?<=OFFSET )\d+|(?<=pg_backend_pid\(\) = )\d+")


class Statement(NamedTuple):
    """A statement, and values of a test."""

    sql: str
    values: tuple[str | None, ...]

    @property
    def kind(self) -> str:
        """The same for those that differ in the length of a list, or of a page."""
        return kind_of(self.sql)


@cache
def kind_of(sql: str) -> str:
    """What is left of a statement without numbers."""
    return _NUMBER.sub("$", _LIST.sub("($)", " ".join(sql.split())))


def read_statements() -> list[Statement]:
    """Those that are explained."""
    entries = json.loads(FILE.read_text("utf-8")) if FILE.exists() else []
    return [Statement(one["sql"], tuple(one["values"])) for one in entries]


def write_statements(statements: Iterable[Statement]) -> None:
    """Keep one of each kind: the longest page, and the values that say most."""
    chosen: dict[str, Statement] = {}
    for one in sorted(statements, key=_telling):
        chosen[one.kind] = one
    entries = [{"sql": one.sql, "values": one.values} for _, one in sorted(chosen.items())]
    FILE.write_text(json.dumps(entries, indent=1, ensure_ascii=False) + "\n", "utf-8")


def _telling(one: Statement) -> tuple[int, int, str]:
    """Whether its values are there, how long its pages are; and an order for the rest."""
    pages = sum(int(number) for number in re.findall(r"LIMIT (\d+)", one.sql))
    return -one.values.count(None), pages, repr(one)


def gather(folder: Path, statements: Iterable[Statement]) -> None:
    """Add what a test has run to what others have, each process to a file of its own."""
    with (folder / f"{os.getpid()}.jsonl").open("a", encoding="utf-8") as file:
        file.writelines(f"{json.dumps(one)}\n" for one in statements)


def take_gathered(folder: Path, *, also: Iterable[Statement] = ()) -> None:
    """Write down what was gathered, and what else there is."""
    gathered = list(also)
    for file in sorted(folder.glob("*.jsonl")):
        for line in file.read_text("utf-8").splitlines():
            sql, values = json.loads(line)
            gathered.append(Statement(sql, tuple(values)))
    write_statements(gathered)


class Recorder:
    """Hears of every statement that goes to a driver."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Listen."""
        self.kinds: dict[str, Statement] = {}
        for name in ("execute", "fetch", "fetchrow", "executemany"):
            self._listen(monkeypatch, name)

    def _listen(self, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
        method: Callable[..., Awaitable[Any]] = getattr(asyncpg.connection.Connection, name)

        async def heard(here: object, sql: str, *values: Any, **options: Any) -> Any:
            # What asks no table of ours does not grow with them.
            is_looked_at = sql.lstrip().startswith(EXPLAINED) and OUR_TABLES in sql
            if is_looked_at and _is_ours(sys._getframe(1)):
                first = values[0][0] if name == "executemany" else values
                statement = Statement(sql, tuple(map(_shown, first)))
                self.kinds[statement.kind] = statement
            return await method(here, sql, *values, **options)

        monkeypatch.setattr(asyncpg.connection.Connection, name, heard)


def _is_ours(frame: FrameType | None) -> bool:
    while frame:
        file = _resolved(frame.f_code.co_filename)
        if file.startswith(OURS):
            if not (file.endswith("database/database.py") and frame.f_code.co_name in HANDED_ON):
                return True
        elif file.startswith(str(TESTS)) and file != __file__:
            return False
        frame = frame.f_back
    return False


@cache
def _resolved(file: str) -> str:
    return str(Path(file).resolve())


def _shown(value: object) -> str | None:
    """Write a value so that the same test writes the same, and nothing of it is like a secret."""
    match value:
        case None:
            return None
        case bool() | int():
            return str(value).lower()
        case datetime():
            near = abs(value - NOON) < timedelta(days=100)
            return (value if near else NOON).isoformat()
        case _:
            return _shown_text(str(value))


def _shown_text(text: str) -> str:
    if _UUID.fullmatch(text):  # of events and of the ends of a walk it matters which
        return text if UUID(text).version == 7 or set(text) < {*"0f-"} else MIDDLE
    if text.startswith(("[", "{")):
        return text[0] + {"[": "]", "{": "}"}[text[0]]
    return text if _NAME.fullmatch(text) else "x"


if __name__ == "__main__":
    take_gathered(Path(sys.argv[1]), also=read_statements() if "--also" in sys.argv else [])

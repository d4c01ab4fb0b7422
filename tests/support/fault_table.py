"""What each fault led to, for people to look at."""

import json
import os
import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import pytest

DATABASE = os.environ.get("TEST_DATABASE", "sqlite")
FOLDER = Path(__file__).parents[2] / "build" / "faults"
TIMEOUT = 60  # seconds


@dataclass(frozen=True, slots=True)
class Fault:
    """One row of the table."""

    fault: str
    answer: str
    rows: str
    recovery: str


class FaultTable:
    """Collects the rows while the tests run, in their order."""

    def __init__(self) -> None:
        """Hold none yet."""
        self.faults: list[Fault] = []

    def note(self, fault: str, *, answer: str, rows: str, recovery: float | str) -> None:
        """Add what a test has seen and asserted; the recovery in seconds, or in words."""
        if isinstance(recovery, float):
            recovery = f"{max(recovery, 0.1):.1f} s"
        self.faults.append(Fault(fault, answer, rows, recovery))

    def write(self) -> None:
        """Keep them as JSON, for `nox -s faults` to make a table of."""
        FOLDER.mkdir(parents=True, exist_ok=True)
        rows = [asdict(fault) for fault in self.faults]
        (FOLDER / f"{DATABASE}.json").write_text(json.dumps(rows, indent=1), "utf-8")


@pytest.fixture(scope="session")
def table() -> object:
    """The table of this run, which is written when all is done."""
    table = FaultTable()
    yield table
    table.write()


async def seconds_until(is_well: Callable[[], Awaitable[bool]]) -> float:
    """How long it takes until all is well again."""
    began = time.monotonic()
    while not await is_well():
        assert time.monotonic() - began < TIMEOUT
    return time.monotonic() - began


def main() -> None:
    """Make one table of what the runs on each database have kept."""
    lines = ["| fault | answer | rows | well again after |", "|---|---|---|---|"]
    for database, name in (("sqlite", "SQLite"), ("postgres", "PostgreSQL")):
        if (kept := FOLDER / f"{database}.json").exists():
            lines.append(f"| **{name}** | | | |")
            lines += [f"| {' | '.join(row.values())} |" for row in json.loads(kept.read_text())]
    (FOLDER / "faults.md").write_text("\n".join(lines) + "\n", "utf-8")


if __name__ == "__main__":
    main()

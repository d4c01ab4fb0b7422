"""Everything that is logged and everything in SQLite's files: where no secret may stand."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

LOGGERS = ("tortoise", "tortoise.db_client", "aiosqlite", "asyncpg", "asyncio")
"""Those that print statements, with their values, once they are told to."""


class EveryRecord(logging.Handler):
    """Keeps what each record says, and all that it carries."""

    def __init__(self) -> None:
        """From every logger, at every level."""
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep one."""
        self.lines.append(f"{self.format(record)} {vars(record)!r}")


@pytest.fixture
def every_log() -> Iterator[EveryRecord]:
    """Everything that is logged, ours and every library's, with the statements."""
    handler, root = EveryRecord(), logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    for name in LOGGERS:
        logging.getLogger(name).setLevel(logging.DEBUG)
    yield handler
    root.removeHandler(handler)
    root.setLevel(level)
    for name in LOGGERS:
        logging.getLogger(name).setLevel(logging.NOTSET)


def bytes_of(folder: Path) -> bytes:
    """The database file, and what SQLite keeps beside it."""
    return b"".join(file.read_bytes() for file in sorted(folder.glob("authberry.db*")))

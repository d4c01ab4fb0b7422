"""What a database refuses: told by the names of the error and of our tables, and by no value.

The text of an error may quote a row or what somebody sent, in whichever language the server speaks.
So none of it is repeated but the names of our own tables and columns, where they occur in it.
"""

import re
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Self

import asyncpg

from authberry.models.database.tables import TABLES, known_columns
from authberry.models.event_logger import event_logger

logger = event_logger("authberry.database")

QUIET = 60.0  # seconds after a line, in which more of its kind are only counted
_WORD = re.compile(r"\w+")
_INDEX = re.compile(r"^UNIQUE constraint failed: index '(\w+)'$")
_told_by_caller: ContextVar[bool] = ContextVar("authberry_told_by_caller", default=False)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a database did not do what it was asked."""

    code: str
    """The SQLSTATE (PostgreSQL, appendix A), SQLite's name of the error, or that of its class."""
    relation: str | None = None
    column: str | None = None
    constraint: str | None = None

    @classmethod
    def of(cls, error: BaseException) -> Self:
        """Read an error of a driver, or one of Tortoise's that was made of it."""
        cause = driver_error(error)
        if isinstance(cause, asyncpg.PostgresError):
            return cls._of_postgres(cause)
        name = getattr(cause, "sqlite_errorname", type(cause).__name__)
        if not isinstance(cause, sqlite3.Error):
            return cls(name)
        statement = " ".join([*getattr(cause, "__notes__", ()), *getattr(error, "__notes__", ())])
        message = str(cause)
        is_about_column = " column" in message or "constraint" in message
        index = _INDEX.search(message)
        names = _names(message, statement, with_column=is_about_column)
        return cls(name, *names, index[1] if index else None)

    @classmethod
    def _of_postgres(cls, error: asyncpg.PostgresError) -> Self:
        told = vars(error)
        is_about_column = isinstance(error, asyncpg.UndefinedColumnError)
        query = str(told.get("query") or "").lstrip()
        # What may not be made is refused for the sake of its schema.
        statement = "" if query.startswith("CREATE") else query
        relation, column = _names(str(error), statement, with_column=is_about_column)
        return cls(
            error.sqlstate or type(error).__name__,
            told.get("table_name") or relation,
            told.get("column_name") or column,
            told.get("constraint_name"),
        )

    @property
    def facts(self) -> dict[str, str]:
        """What is known of it, for the log."""
        names = ("code", "relation", "column", "constraint")
        return {name: value for name in names if (value := getattr(self, name))}

    def __str__(self) -> str:
        """Write it in a few words: `42501 on authberry_user`."""
        place = ".".join(name for name in (self.relation, self.column) if name)
        return f"{self.code} on {place}" if place else self.code


def driver_error(error: BaseException) -> BaseException:
    """Return the driver's error, which Tortoise hands on as the cause or the argument of its own.

    The cause may itself have one, as where a name of a host could not be looked up.
    """
    errors = (error.__cause__, *error.args, error)
    drivers = (asyncpg.PostgresError, sqlite3.Error)
    return next((one for one in errors if isinstance(one, drivers)), error)


def _names(message: str, statement: str, *, with_column: bool) -> tuple[str | None, str | None]:
    """Find the first table of ours in a message, or in the statement, and the first column."""
    words, columns = _WORD.findall(message), known_columns() if with_column else ()
    tables = (word for word in (*words, *_WORD.findall(statement)) if word in TABLES)
    return next(tables, None), next((word for word in words if word in columns), None)


class RefusalLog:
    """Logs refusals: one line of a kind a minute, with how many there were since the last."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Nothing was refused yet; `clock` counts seconds."""
        self._clock = clock
        self._quiet_until: dict[Refusal, float] = {}
        self._counted: dict[Refusal, int] = {}

    def add(self, refusal: Refusal) -> None:
        """Log a refusal, or count it."""
        if _told_by_caller.get():
            return
        now, count = self._clock(), self._counted.get(refusal, 0) + 1
        if now < self._quiet_until.get(refusal, now):
            self._counted[refusal] = count
            return
        self._quiet_until[refusal] = now + QUIET
        self._counted[refusal] = 0
        times = {"times": count} if count > 1 else {}
        logger.error("the database refuses", extra={**refusal.facts, **times})


@contextmanager
def told_by_caller() -> Iterator[None]:
    """Log no refusal: whoever calls says it to a person, in words."""
    token = _told_by_caller.set(True)
    try:
        yield
    finally:
        _told_by_caller.reset(token)

"""A file that another process has locked, as the commands and the doctor say it."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from command_line import CommandLine
from diagnosis import about
from people import PASSWORD

from authberry import Auth
from authberry.doctor.diagnosis import diagnose

IMPATIENT = "?busy_timeout=100"


@pytest.fixture
def locked(rules: Auth, authberry: CommandLine, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The database's file, to which another process writes without an end."""
    file = rules.database.file
    assert file
    monkeypatch.setenv("AUTHBERRY_DATABASE_URL", f"sqlite://{file}{IMPATIENT}")
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield file


async def test_a_command_says_who_is_in_the_way(authberry: CommandLine, locked: Path) -> None:
    """On one line, with what to do."""
    outcome = await authberry("users", "create", "bob@example.com", stdin=f"{PASSWORD}\n")
    assert (outcome.code, outcome.err) == (
        1,
        (
            f"error: the database cannot be used: AUTHBERRY_DATABASE_URL names {locked}: another"
            " process that writes to the file holds its lock (SQLITE_BUSY). Let it end\n"
        ),
    )


async def test_the_doctor_finds_a_file_that_is_locked(locked: Path) -> None:
    """And says the rest all the same."""
    problem = "names a database that is locked by another process that writes to the file"
    assert ("danger", problem) in about(await diagnose(), "DATABASE_URL")

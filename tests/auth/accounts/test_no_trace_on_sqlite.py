"""After a person has left, SQLite's files say nothing of them, not even in their free space."""

import logging
import sqlite3
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import closing
from pathlib import Path
from subprocess import PIPE, Popen
from types import SimpleNamespace

import pytest
from deleted_account import personal_data, templates, use_and_delete_account
from frozen_clock import FrozenClock
from people import PASSWORD

from authberry import Auth
from authberry.models.database import scrubbing
from authberry.models.database.scrubbing import scrub
from authberry.models.database.sqlite_connections import ReadConnection, WriteConnection

MakeAuth = Callable[..., Awaitable[Auth]]

pytestmark = pytest.mark.one_process("each process has a store of its own")

COPYING = """
import fcntl, sys
with open(sys.argv[1], "r+b") as index:
    fcntl.lockf(index, fcntl.LOCK_EX, 1, 121)
    print("copying", flush=True)
    sys.stdin.read()
"""
"""Holds WAL_CKPT_LOCK, the second of the locks at byte 120 (sqlite.org/walformat.html)."""


def files(auth: Auth) -> dict[str, bytes]:
    """The file, the log beside it and the index of the log."""
    assert auth.database.file
    found = auth.database.file.parent.glob(f"{auth.database.file.name}*")
    return {path.name: path.read_bytes() for path in found}


async def test_no_file_has_a_trace(make_auth: MakeAuth, tmp_path: Path, clock: FrozenClock) -> None:
    """While the service runs, at once, before anybody has closed a file."""
    auth = await make_auth(event_ttl=90 * 86400, mail_templates=templates(tmp_path))
    ids = await use_and_delete_account(auth, clock)
    await auth.resources.events.flush()
    held = files(auth)
    assert set(held) == {"authberry.db", "authberry.db-wal", "authberry.db-shm"}
    everything = b"".join(held.values()).replace(b"203.0.113.0/24", b"")
    assert b"p3@example.com" in everything
    assert [trace for trace in personal_data(ids) if trace.encode() in everything] == []


async def test_every_connection_overwrites_what_it_deletes(auth: Auth) -> None:
    """The one of Tortoise and the one that writes at once; the third only reads."""
    with auth.database.use():
        (row,) = await auth.database.fetch("PRAGMA secure_delete")
        assert [*row.values()] == [1]
        (written,) = await auth.database.write("PRAGMA secure_delete")
        assert written["secure_delete"] == 1
    held = auth.database._sqlite
    assert held
    assert isinstance(held.writer, WriteConnection)
    assert type(held.reader) is ReadConnection


async def test_a_file_that_is_busy_is_left_as_it_is_and_told(
    auth: Auth, caplog: pytest.LogCaptureFixture
) -> None:
    """The account is gone all the same; the next deletion does what this one could not."""
    await auth.accounts.create("ada@example.com", PASSWORD)
    file = auth.database.file
    assert file
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with caplog.at_level(logging.WARNING, "authberry.models"):
            scrub(file, timeout=0)
    (line,) = caplog.records
    assert (vars(line)["event"], vars(line)["cause"]) == ("file not scrubbed", "SQLITE_BUSY")


async def test_a_log_that_somebody_reads_is_not_waited_for(
    auth: Auth, caplog: pytest.LogCaptureFixture
) -> None:
    """They have the state of before; the file is written anew behind them."""
    await auth.accounts.create("ada@example.com", PASSWORD)
    file = auth.database.file
    assert file
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN")
        other.execute("SELECT * FROM authberry_user").fetchall()
        with caplog.at_level(logging.WARNING, "authberry.models"):
            scrub(file, timeout=0)
    (line,) = caplog.records
    assert vars(line)["event"] == "log not emptied"


async def test_a_log_that_somebody_else_copies_is_emptied_behind_that(
    auth: Auth, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For whoever copies SQLite does not wait by itself, and a server does so now and then."""
    await auth.accounts.create("ada@example.com", PASSWORD)
    file = auth.database.file
    assert file
    with Popen([sys.executable, "-c", COPYING, f"{file}-shm"], stdin=PIPE, stdout=PIPE) as other:  # noqa: ASYNC220, S603 - ours, and a moment
        assert other.stdout
        assert other.stdout.readline() == b"copying\n"
        pauses = []

        def end(seconds: float) -> None:
            pauses.append(seconds)
            other.communicate()

        monkeypatch.setattr(scrubbing, "time", SimpleNamespace(monotonic=time.monotonic, sleep=end))
        with caplog.at_level(logging.WARNING, "authberry.models"):
            scrub(file, timeout=60)
    assert len(pauses) == 1
    assert caplog.messages == []
    assert files(auth)["authberry.db-wal"] == b""


async def test_a_large_file_is_left_to_the_operator(
    auth: Auth, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To write it anew would hold everybody up; the log says what to do."""
    monkeypatch.setattr("authberry.models.database.scrubbing.SMALL", 0)
    assert auth.database.file
    with caplog.at_level(logging.WARNING, "authberry.models"):
        scrub(auth.database.file, timeout=1)
    (line,) = caplog.records
    assert line.message.startswith("file too large")
    assert files(auth)["authberry.db-wal"] == b""


async def test_what_others_left_in_free_space_goes_too(auth: Auth) -> None:
    """Copies that a split page kept, which nothing overwrites, or what was deleted without care."""
    await auth.accounts.create("ada@example.com", None, "Augusta")
    file = auth.database.file
    assert file
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("PRAGMA secure_delete = OFF")
        other.execute("DELETE FROM authberry_user")
        other.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    assert b"Augusta" in file.read_bytes()
    await auth.database.scrub()
    assert b"Augusta" not in b"".join(files(auth).values())

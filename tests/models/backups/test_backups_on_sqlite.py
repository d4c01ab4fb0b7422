"""Backups of an SQLite file: from its first byte to a process that is killed in the middle."""

import asyncio
import os
import signal
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import TypeVar

import pytest
from rows import ALL

from authberry.models import Database
from authberry.models.backups import BackupError, back_up, restore

PIECES, PIECE = 400, 20_000  # 8 MB, of which SQLite keeps two in memory

T = TypeVar("T")

KILLED = """
import os, signal, sys
from pathlib import Path
from authberry.models import Database
from authberry.models.backups import back_up, restore

def die(share):
    if share > 0.6:
        os.kill(os.getpid(), signal.SIGKILL)

does = {"back_up": back_up, "restore": restore}[sys.argv[1]]
does(Database(sys.argv[2]), Path(sys.argv[3]), die)
"""


@pytest.fixture
def database(tmp_path: Path) -> Database:
    """A migrated one that nobody has open."""
    database = Database(f"sqlite://{tmp_path}/authberry.db")
    asyncio.run(while_open(database, database.migrate))
    return database


async def while_open(database: Database, do: Callable[[], Awaitable[T]]) -> T:
    """Do something with a database, and close it."""
    await database.open()
    try:
        return await do()
    finally:
        await database.close()


@pytest.fixture
def file(database: Database) -> Path:
    """Where it is."""
    assert database.file
    return database.file


def fill(file: Path, content: str) -> None:
    """Make a database as large as it takes to be copied in several steps."""
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("CREATE TABLE IF NOT EXISTS filling (content TEXT)")
        connection.execute("DELETE FROM filling")
        rows = [(content * PIECE,)] * PIECES
        connection.executemany("INSERT INTO filling VALUES (?)", rows)


def contents(file: Path) -> tuple[str, list[str], int]:
    """Whether a file is whole, and what is in it."""
    with closing(sqlite3.connect(file)) as connection:
        (verdict,) = connection.execute("PRAGMA integrity_check").fetchone()
        rows = connection.execute("SELECT substr(content, 1, 1), count(*) FROM filling GROUP BY 1")
        found = rows.fetchall()
    return verdict, [content for content, _ in found], sum(number for _, number in found)


def ignore(_share: float) -> None:
    """Show nobody how far it has come."""


@pytest.fixture
def no_umask() -> Iterator[None]:
    """Let whatever is made be everybody's, unless it is made otherwise."""
    former = os.umask(0)
    yield
    os.umask(former)


@pytest.mark.usefixtures("no_umask")
def test_a_backup_is_its_owners_from_the_first_byte(
    database: Database, file: Path, tmp_path: Path
) -> None:
    """Under another name until it is whole, then under its own; so is what a restore keeps."""
    fill(file, "a")
    seen: set[tuple[bool, int]] = set()
    shares: list[float] = []
    copy = tmp_path / "copy"

    def look(share: float) -> None:
        shares.append(share)
        (partial,) = tmp_path.glob("copy.*")
        seen.add((copy.exists(), stat.S_IMODE(partial.stat().st_mode)))

    back_up(database, copy, look)
    assert seen == {(False, 0o600)}
    assert shares == sorted(shares)
    assert len(shares) > 2
    assert shares[-1] == 1
    kept = restore(database, copy, ignore)
    assert kept
    assert [stat.S_IMODE(one.stat().st_mode) for one in (copy, kept, file)] == [0o600] * 3
    assert sorted(one.name for one in tmp_path.iterdir()) == [file.name, kept.name, "copy"]


def test_writes_meanwhile_neither_hold_up_a_backup_nor_are_in_it(
    database: Database, file: Path, tmp_path: Path
) -> None:
    """It is the database as it was when it began, however busy that is."""
    fill(file, "a")
    steps = 0
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("PRAGMA journal_mode = WAL")

        def write(_share: float) -> None:
            nonlocal steps
            steps += 1
            assert steps < PIECES, "it begins again with each write"
            other.execute("UPDATE filling SET content = 'b' WHERE rowid % 10 = 0")

        back_up(database, tmp_path / "copy", write)
    assert steps > 2
    assert contents(tmp_path / "copy") == ("ok", ["a"], PIECES)


def test_a_backup_killed_in_the_middle_is_none(file: Path, tmp_path: Path) -> None:
    """There is nothing under its name, and the next one is made."""
    fill(file, "a")
    assert killed("back_up", file, tmp_path / "copy")
    assert not (tmp_path / "copy").exists()
    assert contents(file) == ("ok", ["a"], PIECES)
    back_up(Database(f"sqlite://{file}"), tmp_path / "copy", ignore)
    assert contents(tmp_path / "copy") == ("ok", ["a"], PIECES)


def test_a_restore_killed_in_the_middle_leaves_the_database_of_before(
    database: Database, file: Path, tmp_path: Path
) -> None:
    """Though half of it was written over already; and the next one restores all."""
    fill(file, "a")
    back_up(database, tmp_path / "copy", ignore)
    fill(file, "b")
    assert killed("restore", file, tmp_path / "copy")
    assert file.with_name(f"{file.name}-journal").stat().st_size
    assert contents(file) == ("ok", ["b"], PIECES)
    restore(database, tmp_path / "copy", ignore)
    assert contents(file) == ("ok", ["a"], PIECES)


def killed(does: str, file: Path, copy: Path) -> bool:
    """Whether a process was killed while it was at it."""
    words = [sys.executable, "-c", KILLED, does, f"sqlite://{file}", str(copy)]
    return subprocess.run(words, check=False).returncode == -signal.SIGKILL  # noqa: S603 - ours


def test_what_was_there_before_can_be_restored_too(
    database: Database, file: Path, tmp_path: Path
) -> None:
    """A restore of the wrong backup is taken back by another."""
    fill(file, "a")
    back_up(database, tmp_path / "copy", ignore)
    fill(file, "b")
    kept = restore(database, tmp_path / "copy", ignore)
    assert kept
    assert restore(database, kept, ignore)
    assert contents(file) == ("ok", ["b"], PIECES)


def test_a_log_of_writes_that_was_left_behind_is_not_played_into_a_restored_file(
    database: Database, file: Path, tmp_path: Path
) -> None:
    """Neither beside the file it belongs to nor where that was moved away."""
    fill(file, "a")
    back_up(database, tmp_path / "copy", ignore)
    log = file.with_name(f"{file.name}-wal")
    for is_there in (True, False):
        write_and_be_killed(file)
        assert log.stat().st_size
        if not is_there:
            file.unlink()
        restore(database, tmp_path / "copy", ignore)
        assert not log.exists()
        assert contents(file) == ("ok", ["a"], PIECES)


def write_and_be_killed(file: Path) -> None:
    """Leave a log of writes that nobody has brought into the file."""
    script = (
        "import os, sqlite3, sys; c = sqlite3.connect(sys.argv[1]);"
        "c.execute('PRAGMA journal_mode = WAL'); c.execute('PRAGMA wal_autocheckpoint = 0');"
        "c.execute('UPDATE filling SET content = ?', ('c',)); c.commit(); os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", script, str(file)], check=False)  # noqa: S603 - ours


def test_whoever_has_the_file_open_stands_in_the_way(
    database: Database, file: Path, tmp_path: Path
) -> None:
    """An open connection is enough, though it does nothing; nothing is changed."""
    fill(file, "a")
    back_up(database, tmp_path / "copy", ignore)
    fill(file, "b")

    async def restore_meanwhile() -> None:
        restore(database, tmp_path / "copy", ignore)

    with pytest.raises(BackupError) as refusal:
        asyncio.run(while_open(Database(f"sqlite://{file}"), restore_meanwhile))
    assert str(refusal.value) == (
        "a server or another program has it open. Stop that, and restore again"
    )
    assert contents(file) == ("ok", ["b"], PIECES)
    assert sorted(one.name for one in tmp_path.iterdir()) == [file.name, "copy"]


def test_only_a_whole_backup_of_ours_is_restored(
    database: Database, file: Path, tmp_path: Path
) -> None:
    """Each of the others is refused with what it is, and the database stays."""
    fill(file, "a")
    copy = tmp_path / "copy"
    back_up(database, copy, ignore)
    whole = copy.read_bytes()
    with closing(sqlite3.connect(tmp_path / "foreign")) as foreign, foreign:
        foreign.execute("CREATE TABLE authberry_user (id TEXT)")
    torn = bytearray(whole)
    torn[-4096 * 200 : -4096 * 2] = os.urandom(4096 * 198)
    for content, said in (
        (b"", "is no backup: authberry backup makes one"),
        (b"PGDMP", "is a backup of PostgreSQL, and the database is of SQLite."),
        (whole[:100_000], "is damaged. Restore another backup"),
        (bytes(torn), "is damaged. Restore another backup"),
        ((tmp_path / "foreign").read_bytes(), "without the tables of Authberry"),
    ):
        copy.write_bytes(content)
        with pytest.raises(BackupError) as refusal:
            restore(database, copy, ignore)
        assert said in str(refusal.value)
    copy.write_bytes(whole)
    with closing(sqlite3.connect(copy)) as later, later:
        later.execute(
            "INSERT INTO tortoise_migrations (app, name, applied_at)"
            " VALUES ('authberry', '9999_later', CURRENT_TIMESTAMP)"
        )
    with pytest.raises(BackupError) as refusal:
        restore(database, copy, ignore)
    assert "is of a later version than this one: 9999_later" in str(refusal.value)
    assert contents(file) == ("ok", ["a"], PIECES)


def test_the_database_itself_is_neither_source_nor_target(database: Database, file: Path) -> None:
    """Not by another spelling either, nor its log."""
    for name in (file, file.parent / ".." / file.parent.name / file.name, f"{file}-wal"):
        with pytest.raises(BackupError, match="is the database itself"):
            back_up(database, Path(name), ignore, overwrite=True)
        with pytest.raises(BackupError, match="is the database itself"):
            restore(database, Path(name), ignore)


def test_a_damaged_database_is_left_where_it_is(
    database: Database, file: Path, tmp_path: Path
) -> None:
    """What is in it may still be wanted; moved away, it gives room for the backup."""
    back_up(database, tmp_path / "copy", ignore)
    file.write_bytes(b"torn" * 4096)
    with pytest.raises(BackupError, match="Move it away"):
        restore(database, tmp_path / "copy", ignore)
    assert file.read_bytes() == b"torn" * 4096
    file.rename(tmp_path / "away")
    assert restore(database, tmp_path / "copy", ignore) is None
    assert asyncio.run(while_open(database, database.applied_migrations)) == ALL


def test_there_is_no_backup_of_what_is_not_there(tmp_path: Path) -> None:
    """Nor is a database made by asking for one."""
    nothing = Database(f"sqlite://{tmp_path}/nothing.db")
    for database, said in (
        (nothing, "there is no such file"),
        (Database("sqlite://:memory:"), "in memory"),
    ):
        with pytest.raises(BackupError, match=said):
            back_up(database, tmp_path / "copy", ignore)
    assert [*tmp_path.iterdir()] == []

"""Backups of an SQLite file, by SQLite itself.

A copy of the file alone forgets the write-ahead log; and a log that lies beside a file which was
copied over is played into it. So both ways go through SQLite. What is restored is written into the
file as one transaction: killed meanwhile, SQLite takes it back when the file is next opened, and
whoever waits for the lock sees the file as it is then, since it is still the same one.
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from authberry.models.backups.errors import BackupError
from authberry.models.backups.files import written_whole
from authberry.models.database import known_migrations

MAGIC = b"SQLite format 3\0"
PAGES = 256  # copied between two looks at how far it has come
PATIENCE = 5.0  # seconds, for whoever is just writing

Progress = Callable[[float], None]
"""Told which share is done."""

_APPLIED = "SELECT name FROM tortoise_migrations WHERE app = 'authberry'"


def dump(database: Path, into: Path, progress: Progress) -> None:
    """Copy a database, as it is at one moment, into an empty file; others go on writing.

    Raises:
        BackupError: it cannot be read, or is not ours.
    """
    if not database.exists():
        raise BackupError("there is no such file. Make it with: authberry migrate")
    with (
        _explained("it cannot be read"),
        closing(_connect(database)) as source,
        closing(_connect(into)) as target,
    ):
        # In a transaction, or each write of somebody else would make the copy begin again.
        source.execute("BEGIN")
        _applied(source)
        # A torn copy is no backup and is thrown away: it needs neither journal nor waits.
        target.execute("PRAGMA journal_mode = OFF")
        target.execute("PRAGMA synchronous = OFF")
        _copy(source, target, progress)
        target.execute("PRAGMA journal_mode = DELETE")  # opened, it makes no files beside it


def restore(backup: Path, database: Path, progress: Progress) -> Path | None:
    """Make a database what a backup is; returns where the database of before is now, if anywhere.

    Raises:
        BackupError: the file is no backup of ours, or somebody has the database open.
    """
    with closing(_opened_backup(backup)) as source, closing(_connect(database)) as target:
        _take_over(target)
        with _explained("it cannot be read, so that it cannot be kept"):
            kept = _keep(target, database)
        with _explained("it cannot be written"):
            target.execute("PRAGMA synchronous = EXTRA")
            _copy(source, target, progress)
    return kept


def _opened_backup(backup: Path) -> sqlite3.Connection:
    """Open a backup that is whole and ours, without making files beside it."""
    log = backup.with_name(f"{backup.name}-wal")
    if log.exists() and log.stat().st_size:
        raise BackupError(
            f"{backup} has a write-ahead log beside it: it is a database in use. Make a backup of"
            " it with authberry backup"
        )
    uri = f"{backup.absolute().as_uri()}?mode=ro&immutable=1"
    connection = sqlite3.connect(uri, uri=True, isolation_level=None)
    try:
        (verdict,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
        if verdict != "ok":
            raise BackupError(f"{backup} is damaged. Restore another backup")
        if unknown := [name for name in _applied(connection) if name not in known_migrations()]:
            raise BackupError(
                f"{backup} is of a later version than this one: {', '.join(unknown)}. Install that"
            )
    except sqlite3.DatabaseError as error:
        connection.close()
        raise BackupError(f"{backup} is damaged. Restore another backup") from error
    except BaseException:
        connection.close()
        raise
    return connection


def _take_over(target: sqlite3.Connection) -> None:
    """Lock a file until the connection closes, and bring its write-ahead log into it.

    A connection to a file with such a log keeps a lock on it for as long as it is open, and the
    kernel gives back what a killed process held. Without a log nobody is left who has it open.
    """
    try:
        target.execute("PRAGMA locking_mode = EXCLUSIVE")
        target.execute("PRAGMA journal_mode = DELETE")
        target.execute("BEGIN EXCLUSIVE")
        target.execute("COMMIT")
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
            raise BackupError(f"it cannot be used ({error.sqlite_errorname})") from error
        raise BackupError(
            "a server or another program has it open. Stop that, and restore again"
        ) from error
    except sqlite3.DatabaseError as error:
        raise BackupError(
            "it is damaged, or no SQLite database. Move it away, with its -wal and -shm if they are"
            " there, and restore again"
        ) from error


def _keep(current: sqlite3.Connection, database: Path) -> Path | None:
    """Make a backup of what is about to be replaced, unless it is empty."""
    if not current.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]:
        return None
    now = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%fZ")
    kept = database.with_name(f"{database.name}.before-{now}")
    with written_whole(kept) as partial, closing(_connect(partial)) as copy:
        _copy(current, copy, lambda _share: None)
    return kept


def _applied(connection: sqlite3.Connection) -> list[str]:
    """Which migrations of ours a database has; raises `BackupError` if none."""
    try:
        applied = [name for (name,) in connection.execute(_APPLIED)]
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode != sqlite3.SQLITE_ERROR:
            raise
        applied = []
    if not applied:
        raise BackupError("the file is an SQLite database without the tables of Authberry")
    return applied


def _copy(source: sqlite3.Connection, target: sqlite3.Connection, progress: Progress) -> None:
    def report(_status: int, remaining: int, total: int) -> None:
        progress(1 - remaining / max(total, 1))

    source.backup(target, pages=PAGES, progress=report)


def _connect(file: Path) -> sqlite3.Connection:
    return sqlite3.connect(file, timeout=PATIENCE, isolation_level=None)


@contextmanager
def _explained(problem: str) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise BackupError(f"{problem} ({error.sqlite_errorname}: {error})") from error

"""Connections to an SQLite file that are used on the thread of the event loop."""

import sqlite3
from pathlib import Path
from typing import Any
from uuid import UUID

WRITES_BETWEEN_CHECKPOINTS = 500
_SYNCHRONOUS = {
    level: f"PRAGMA synchronous = {level}" for level in ("OFF", "NORMAL", "FULL", "EXTRA")
}

_WITHOUT_DISK = frozenset({"OFF", "NORMAL"})
"""The levels of which a commit to a write-ahead log waits for no disk."""


class WouldBlock(Exception):
    """The statement would have to wait, which is for the thread of the other connection."""


class ReadConnection:
    """A second connection to the file, which only reads.

    With a write-ahead log a read waits for no writer and sees every commit, whichever process made
    it. A row by its key takes some microseconds, and to hand it to a thread and back takes twenty
    times as long, so it is read here; see docs/decisions/0007.
    """

    def __init__(self, file: Path) -> None:
        """Remember the file; it is opened by the first statement."""
        self._file = file
        self._connection: sqlite3.Connection | None = None

    def fetch(self, sql: str, *values: object) -> list[sqlite3.Row]:
        """Return the rows of a statement.

        Raises:
            WouldBlock: another process has locked the file.
        """
        try:
            connection = self._connection or self._open()
            return connection.execute(sql, values).fetchall()
        except sqlite3.Error as error:
            _refuse_to_wait(error)
            error.add_note(sql)
            raise

    def close(self) -> None:
        """Close the connection; a later statement opens another."""
        if self._connection:
            self._connection.close()
            self._connection = None

    def _open(self) -> sqlite3.Connection:
        # Not made anew where it has been moved away since.
        existing = f"{self._file.absolute().as_uri()}?mode=rw"
        connection = sqlite3.connect(existing, timeout=0, isolation_level=None, uri=True)
        connection.row_factory = sqlite3.Row
        try:
            self._prepare(connection)
        except sqlite3.Error as error:
            connection.close()
            _refuse_to_wait(error)
            raise
        self._connection = connection
        return connection

    def _prepare(self, connection: sqlite3.Connection) -> None:
        connection.execute("PRAGMA query_only = ON")


class WriteConnection(ReadConnection):
    """A third, for single statements that write one row, and for short transactions.

    It takes the lock if it is free, and appends to the log, which waits for no disk. A checkpoint,
    which copies the log into the file, does: every so many writes the thread is given a statement,
    and makes one.
    """

    _writes_left = WRITES_BETWEEN_CHECKPOINTS
    _ends_at_once = False

    def __init__(self, file: Path, synchronous: str) -> None:
        """Remember the file, and what of a commit is waited for, as SQLite's pragma has it."""
        super().__init__(file)
        self._synchronous = synchronous

    def fetch(self, sql: str, *values: object) -> list[sqlite3.Row]:
        """Return the rows of a statement, which is committed.

        Raises:
            WouldBlock: somebody else is writing, or a checkpoint is due.
        """
        self._refuse_if_checkpoint_is_due()
        self._refuse_within_transaction()
        self._writes_left -= 1
        return super().fetch(sql, *values)

    def begin(self) -> sqlite3.Connection:
        """Begin a transaction, which takes the lock; whoever is given the connection ends it.

        Nothing in it has to wait, nor has its end: with a write-ahead log that is for no reader,
        nor, as we set it, for the disk.

        Raises:
            WouldBlock: somebody else is writing, or a checkpoint is due, or an end would wait.
        """
        self._refuse_if_checkpoint_is_due()
        self._refuse_within_transaction()
        connection = self._connection or self._open()
        if not self._ends_at_once:
            raise WouldBlock
        try:
            super().fetch("BEGIN IMMEDIATE")
        except BaseException:
            self.roll_back(connection)  # which does nothing where none has begun
            raise
        return connection

    def roll_back(self, begun: sqlite3.Connection) -> None:
        """End a transaction that has begun on this connection, with nothing.

        Where that fails, the connection is closed, which does it as well: one that stayed open
        would keep the lock of the file, and everybody else from it.
        """
        try:
            begun.rollback()
        except sqlite3.Error:
            begun.close()
            if begun is self._connection:
                self._connection = None

    def count(self, rows: int) -> None:
        """Count what a transaction has written."""
        self._writes_left -= rows

    def take_lock(self) -> None:
        """Take the lock of the file and give it back, which writes nothing.

        Raises:
            WouldBlock: somebody else has it.
        """
        self._refuse_within_transaction()
        super().fetch("BEGIN IMMEDIATE")
        super().fetch("ROLLBACK")

    def _refuse_if_checkpoint_is_due(self) -> None:
        if self._writes_left <= 0:
            self._writes_left = WRITES_BETWEEN_CHECKPOINTS
            raise WouldBlock

    def _refuse_within_transaction(self) -> None:
        """Leave a transaction alone that has begun here: whoever is in none waits for its end."""
        if self._connection and self._connection.in_transaction:
            raise WouldBlock

    def _prepare(self, connection: sqlite3.Connection) -> None:
        ((mode,),) = connection.execute("PRAGMA journal_mode")
        self._ends_at_once = mode == "wal" and self._synchronous.upper() in _WITHOUT_DISK
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA secure_delete = ON")
        connection.execute(_SYNCHRONOUS[self._synchronous.upper()])
        connection.execute("PRAGMA wal_autocheckpoint = 0")


def sqlite_values(values: tuple[object, ...]) -> list[Any]:
    """Return values as SQLite's driver takes them: it knows no UUID."""
    return [str(value) if isinstance(value, UUID) else value for value in values]


def _refuse_to_wait(error: sqlite3.Error) -> None:
    if error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY:
        raise WouldBlock from error

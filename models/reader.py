"""Reads of an SQLite file at once, on the thread of the event loop."""

import sqlite3
from pathlib import Path


class ReaderBusy(Exception):
    """Another process holds the file for itself, while it opens or closes it."""


class Reader:
    """A second connection to the file, which only reads.

    With a write-ahead log a read waits for no writer and sees every commit, whichever process made
    it. A row by its key takes some microseconds, and to hand it to a thread and back takes twenty
    times as long, so it is read here; see docs/decisions/0007. Whatever writes goes to the thread.
    """

    def __init__(self, file: Path) -> None:
        """Remember the file; it is opened by the first read."""
        self._file = file
        self._connection: sqlite3.Connection | None = None

    def fetch(self, sql: str, *values: object) -> list[sqlite3.Row]:
        """Return the rows of a query.

        Raises:
            ReaderBusy: it would have had to wait.
        """
        try:
            connection = self._connection or self._open()
            return connection.execute(sql, values).fetchall()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY:
                raise ReaderBusy from error
            raise

    def close(self) -> None:
        """Close the connection; a later read opens another."""
        if self._connection:
            self._connection.close()
            self._connection = None

    def _open(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._file, timeout=0, isolation_level=None)
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA query_only = ON")
        self._connection = connection
        return connection

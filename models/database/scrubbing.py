"""Leaving nothing of what was deleted in an SQLite file.

With `secure_delete` SQLite overwrites a deleted row where it lies. But where a page was split the
old page may keep a copy of what moved to the new one, outside of any row, and nothing overwrites
that (tried: after 20,000 statements the browser of a deleted person still stood in the file twice).
VACUUM writes the file anew from the rows there are; then the log is emptied into it.
"""

import sqlite3
import time
from contextlib import closing
from pathlib import Path

from authberry.models.event_logger import event_logger

logger = event_logger("authberry.models")

RETRY = 0.05  # seconds between two tries to empty the log
SMALL = 32 * 2**20
"""Bytes of a file that is written anew while whoever else writes waits: for a second or two."""


def scrub(file: Path, timeout: float) -> None:
    """Write a small file anew, and empty its log; what is busy is left as it is, and told.

    Args:
        file: The database.
        timeout: Seconds to wait for others.
    """
    with closing(sqlite3.connect(file, timeout=timeout, isolation_level=None)) as connection:
        try:
            connection.execute("PRAGMA secure_delete = ON")
            connection.execute("PRAGMA temp_store = MEMORY")
            if file.stat().st_size <= SMALL:
                connection.execute("VACUUM")
            else:
                logger.warning("file too large to be written anew: run VACUUM when it suits")
            is_empty = _empty_log(connection, timeout)
        except sqlite3.OperationalError as error:
            logger.warning("file not scrubbed", extra={"cause": error.sqlite_errorname})
        else:
            if not is_empty:
                logger.warning("log not emptied", extra={"cause": "busy"})


def _empty_log(connection: sqlite3.Connection, timeout: float) -> bool:
    """Copy the log into the file and cut it; returns whether that was done.

    SQLite waits for readers and writers by itself, and not for whoever else copies: that is how a
    server that goes on writes, now and then (sqlite3_wal_checkpoint_v2).
    """
    ends_at = time.monotonic() + timeout
    while True:
        (is_busy, *_) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if not is_busy:
            return True
        if time.monotonic() >= ends_at:
            return False
        time.sleep(RETRY)

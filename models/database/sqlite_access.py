"""How a process holds one SQLite file: what of it runs at once, and who waits for whom."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tortoise.backends.base.client import BaseDBAsyncClient, TransactionContext

from authberry.models.database.condition import Condition, condition_of_file
from authberry.models.database.file_watch import FileWatch
from authberry.models.database.refusals import Refusal
from authberry.models.database.sqlite_connections import ReadConnection, WriteConnection
from authberry.models.database.sqlite_lock import SqliteLock


class SqliteAccess:
    """The connections to a file beside Tortoise's, and what is known of the file."""

    def __init__(self, file: Path, options: Mapping[str, Any]) -> None:
        """Open nothing yet.

        Args:
            file: Where it is.
            options: Of Tortoise's connection, as SQLite's pragmas have them.
        """
        self.file = file
        self.reader = ReadConnection(file)
        self.writer = WriteConnection(file, options["synchronous"])
        self._busy_timeout = int(options["busy_timeout"]) / 1000
        self._watch = FileWatch(file)
        self._lock: SqliteLock | None = None

    def start(self, client: BaseDBAsyncClient) -> None:
        """Begin, once Tortoise's connection is open."""
        self._lock = SqliteLock(client, self.patience)
        self._watch.start()

    def close(self) -> None:
        """Close the connections; a later statement opens others."""
        self._watch.stop()
        self.reader.close()
        self.writer.close()

    @property
    def patience(self) -> float:
        """Seconds that a statement waits for another process that writes to the file."""
        return 0 if self._lock and self._lock.is_file_locked else self._busy_timeout

    @property
    def problem(self) -> str | None:
        """What has become of the file since it was opened; see `file_watch`."""
        return self._watch.problem

    def note(self, refusal: Refusal) -> None:
        """Remember what was refused: those who come next do not wait for as long in vain."""
        if self._lock and refusal.code.startswith("SQLITE_BUSY"):
            self._lock.found_locked()

    def short_transaction(self, client: BaseDBAsyncClient) -> TransactionContext | None:
        """Return a transaction that runs at once, if it can; None before `start`."""
        from authberry.models.database.sqlite_transactions import (  # noqa: PLC0415 - of SQLite only
            short_transaction,
        )

        return short_transaction(client, self.writer, self._lock) if self._lock else None

    async def condition(self) -> Condition:
        """Look whether it may be written to, and whether it is locked all the time."""
        return await condition_of_file(self.file, self.writer, self.patience)

    def look(self) -> None:
        """Look now whether it is still there, which is done every second."""
        self._watch.look()

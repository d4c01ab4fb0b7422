"""A transaction on the event loop's own thread, as Tortoise's driver of it."""

import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any

from tortoise.exceptions import IntegrityError, OperationalError

from authberry.models.database.sqlite_connections import WriteConnection


class LoopConnection:
    """What Tortoise uses of aiosqlite's connection in a transaction; on the calling thread.

    It is good for one transaction: whoever goes on behind its end is refused, and does not get into
    that of somebody else.
    """

    def __init__(self, writer: WriteConnection) -> None:
        """Use that connection, from `begin` on."""
        self._writer = writer
        self._begun: sqlite3.Connection | None = None
        self._changes_before = 0

    def begin(self) -> None:
        """Begin; raises `WouldBlock`."""
        self._begun = connection = self._writer.begin()
        self._changes_before = connection.total_changes

    @property
    def total_changes(self) -> int:
        """How many rows were ever changed on this connection."""
        return self._connection.total_changes

    async def execute(self, sql: str) -> None:
        """Run a statement that has no rows."""
        self._connection.execute(sql)

    async def execute_fetchall(
        self, sql: str, values: Iterable[Any] | None = None
    ) -> list[sqlite3.Row]:
        """Return the rows of a statement."""
        return self._connection.execute(sql, [*(values or ())]).fetchall()

    async def execute_insert(self, sql: str, values: Iterable[Any]) -> tuple[int | None]:
        """Return the number that SQLite has given to a row."""
        return (self._connection.execute(sql, [*values]).lastrowid,)

    async def fetch(self, sql: str, values: list[Any]) -> list[sqlite3.Row]:
        """Do as `execute_fetchall`, with the errors that Tortoise makes of those of the driver.

        Raises:
            IntegrityError, OperationalError: as of any statement in a transaction.
        """
        try:
            return self._connection.execute(sql, values).fetchall()
        except sqlite3.OperationalError as error:
            raise OperationalError(error) from error
        except sqlite3.IntegrityError as error:
            raise IntegrityError(error) from error

    async def executemany(self, sql: str, values: Sequence[Sequence[Any]]) -> None:
        """Run a statement once for each of the values."""
        self._connection.executemany(sql, values)

    async def commit(self) -> None:
        """End it, with all that was written."""
        connection = self._connection
        connection.commit()
        self._begun = None
        self._writer.count(connection.total_changes - self._changes_before)

    async def rollback(self) -> None:
        """End it, with nothing."""
        begun, self._begun = self._begun, None
        if begun:
            self._writer.roll_back(begun)

    @property
    def _connection(self) -> sqlite3.Connection:
        if self._begun is None:
            raise sqlite3.ProgrammingError("This transaction is over.")
        return self._begun

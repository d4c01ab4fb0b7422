"""Statements on the outbox: the next mail, taken by one process."""

from collections.abc import Sequence
from datetime import datetime

from authberry.models.database import Database
from authberry.models.outbox_message import OutboxMessage
from authberry.models.statements.columns import columns, decode
from authberry.models.statements.dialect import Dialect

_OUTBOX = OutboxMessage.Meta.table


class OutboxStatements:
    """The statements on the outbox, for one database."""

    def __init__(self, database: Database) -> None:
        """Write for the dialect of `database`."""
        self._database = database
        self._dialect = Dialect(is_sqlite=database.is_sqlite)

    async def take(
        self, now: datetime, until: datetime, letters: Sequence[str]
    ) -> OutboxMessage | None:
        """Take the mail that has been due longest, so that nobody else does before `until`.

        It is about one of `letters`, or past its time. Its attempts are one more. Of several
        processes that ask at once each gets another, if there is one.
        """
        rows = await self._database.write(self._take_sql(len(letters)), now, until, *letters)
        return decode(OutboxMessage, rows[0]) if rows else None

    def _take_sql(self, letters: int) -> str:
        known = ", ".join(f"${number}" for number in range(3, 3 + letters)) or "NULL"
        return self._dialect.adapt(
            f"UPDATE {_OUTBOX} SET due_at = $2, attempts = attempts + 1 WHERE id ="
            f" (SELECT id FROM {_OUTBOX} WHERE due_at <= $1"
            f" AND (letter IN ({known}) OR expires_at <= $1) ORDER BY due_at, id LIMIT 1"
            f" FOR UPDATE SKIP LOCKED) RETURNING {', '.join(columns(OutboxMessage))}"
        )

"""Statements on what is due to be deleted: a page of it, and how much waits.

Each goes by an index of what is due, so that what is not due is not read. A page is a literal in
the statement: of a parameter PostgreSQL would assume that it is a tenth of the table.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple, TypeAlias
from uuid import UUID

from authberry.models.database import Database
from authberry.models.factor_reset import FactorReset
from authberry.models.one_time_token import OneTimeToken
from authberry.models.pending_login import PendingLogin
from authberry.models.refresh_token import RefreshToken
from authberry.models.security_event import SecurityEvent
from authberry.models.spent_challenge import SpentChallenge
from authberry.models.statements.columns import decode, listed
from authberry.models.statements.dialect import Dialect
from authberry.models.trusted_device import TrustedDevice
from authberry.models.user import User

Expiring: TypeAlias = type[OneTimeToken | PendingLogin | TrustedDevice | SpentChallenge]
"""Tables whose rows say until when they are good."""

_USERS = User.Meta.table
_SESSIONS = RefreshToken.Meta.table
_EVENTS = SecurityEvent.Meta.table
_RESETS = FactorReset.Meta.table

COUNTED = 10_000
"""Rows that are counted at the most of what waits: a few milliseconds."""


class Waiting(NamedTuple):
    """What of a table is due."""

    rows: int
    first: Any
    """When the first was due, or the first event's id; None if there is none."""


class PruningStatements:
    """The statements on what is due, for one database."""

    def __init__(self, database: Database) -> None:
        """Write for the dialect of `database`."""
        self._database = database
        self._dialect = Dialect(is_sqlite=database.is_sqlite)

    async def accounts(
        self, now: datetime, behind: tuple[datetime, UUID], limit: int
    ) -> Sequence[User]:
        """List accounts due to be deleted behind a date and an id, those due longest first."""
        sql = (
            f"SELECT {listed(User, 'u')} FROM {_USERS} u"
            " WHERE u.deletes_at <= $1 AND (u.deletes_at, u.id) > ($2, $3)"
            f" ORDER BY u.deletes_at, u.id LIMIT {int(limit)}"
        )
        return [decode(User, row) for row in await self._fetch(sql, now, *behind)]

    async def delete_expired(self, table: Expiring, now: datetime, limit: int) -> int:
        """Delete rows past their time, those that have been longest first."""
        key = "challenge_hash" if table is SpentChallenge else "id"
        return await self._delete(
            table.Meta.table, "expires_at <= $1", "expires_at", limit, now, key=key
        )

    async def delete_events(self, before: UUID, limit: int) -> int:
        """Delete events with an id below `before`, oldest first."""
        return await self._delete(_EVENTS, "id < $1", "id", limit, before)

    async def delete_events_of(self, kind: str, before: UUID, limit: int) -> int:
        """Do likewise with those of one kind."""
        return await self._delete(_EVENTS, "kind = $1 AND id < $2", "id", limit, kind, before)

    async def page_of_sessions(self, behind: UUID, last: UUID, limit: int) -> list[UUID]:
        """List the ids of sessions behind one, up to a last one."""
        rows = await self._fetch(self._page_of_sessions(limit), behind, last)
        return [UUID(str(row["id"])) for row in rows]

    async def delete_sessions(
        self, behind: UUID, last: UUID, limit: int, over_before: datetime
    ) -> int:
        """Delete those of such a page that were over before a time and still are."""
        sql = (
            f"DELETE FROM {_SESSIONS} WHERE id IN ({self._page_of_sessions(limit)})"
            " AND (expires_at < $3 OR revoked_at < $3) RETURNING id"
        )
        return len(await self._fetch(sql, behind, last, over_before))

    def _page_of_sessions(self, limit: int) -> str:
        bounds = "id > $1 AND id <= $2"
        return f"SELECT id FROM {_SESSIONS} WHERE {bounds} ORDER BY id LIMIT {int(limit)}"

    async def accounts_waiting(self, now: datetime) -> Waiting:
        """Count accounts that are due."""
        return await self._waiting(_USERS, "deletes_at <= $1", "deletes_at", now)

    async def resets_waiting(self, now: datetime) -> Waiting:
        """Count resets of factors that are due."""
        return await self._waiting(_RESETS, "effective_at <= $1", "effective_at", now)

    async def expired_waiting(self, table: Expiring, now: datetime) -> Waiting:
        """Count rows past their time."""
        return await self._waiting(table.Meta.table, "expires_at <= $1", "expires_at", now)

    async def events_waiting(self, before: UUID) -> Waiting:
        """Count events with an id below `before`."""
        return await self._waiting(_EVENTS, "id < $1", "id", before)

    async def events_of_waiting(self, kind: str, before: UUID) -> Waiting:
        """Count those of one kind."""
        return await self._waiting(_EVENTS, "kind = $1 AND id < $2", "id", kind, before)

    async def _delete(
        self, table: str, is_due: str, order: str, limit: int, *values: object, key: str = "id"
    ) -> int:
        """Delete a page of what is due, which stays due: no column of the condition changes."""
        page = f"SELECT {key} FROM {table} WHERE {is_due} ORDER BY {order} LIMIT {int(limit)}"
        sql = f"DELETE FROM {table} WHERE {key} IN ({page}) RETURNING {key}"
        return len(await self._fetch(sql, *values))

    async def _waiting(self, table: str, is_due: str, order: str, *values: object) -> Waiting:
        due = f"SELECT {order} FROM {table} WHERE {is_due} ORDER BY {order}"
        # Not min(): that of UUIDs came with PostgreSQL 18.
        (row,) = await self._fetch(
            f"SELECT count(*) AS waiting, ({due} LIMIT 1) AS earliest"
            f" FROM ({due} LIMIT {COUNTED}) counted",
            *values,
        )
        return Waiting(row["waiting"], row["earliest"])

    async def _fetch(self, sql: str, *values: object) -> Sequence[Any]:
        return await self._database.fetch(self._dialect.adapt(sql), *values)

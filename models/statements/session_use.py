"""The statement that says when a session was used which no refresh renews."""

from datetime import datetime
from functools import cached_property
from typing import NamedTuple
from uuid import UUID

from authberry.models.database import Database
from authberry.models.refresh_token import RefreshToken
from authberry.models.statements.dialect import Dialect

_SESSIONS = RefreshToken.Meta.table


class Use(NamedTuple):
    """That somebody has just asked in a session."""

    session_id: UUID
    now: datetime
    expires_at: datetime
    not_since: datetime
    """The last use that is written was before this, or there is nothing to write."""


class SessionUseStatements:
    """The statement on the use of sessions, for one database."""

    def __init__(self, database: Database) -> None:
        """Write for the dialect of `database`."""
        self._database = database
        self._dialect = Dialect(is_sqlite=database.is_sqlite)

    async def record(self, use: Use) -> None:
        """Do as `RefreshToken.filter(...).update(...)`: of all who ask at once, one writes."""
        await self._database.write(self._record_sql, *use)

    @cached_property
    def _record_sql(self) -> str:
        return self._dialect.adapt(
            f"UPDATE {_SESSIONS} SET last_used_at = $2, expires_at = LEAST($3, absolute_expires_at)"
            " WHERE id = $1 AND last_used_at < $4 AND revoked_at IS NULL AND expires_at > $2"
            " RETURNING id"
        )

"""Statements on the security log: events added, and held back while somebody is deleted."""

import json
from collections.abc import Sequence
from datetime import datetime
from functools import cached_property
from typing import NamedTuple
from uuid import UUID

from authberry.models.database import Database
from authberry.models.security_event import SecurityEvent
from authberry.models.statements.columns import columns
from authberry.models.tortoise_internals import column_types
from authberry.models.user import User

_EVENTS = SecurityEvent.Meta.table
_USERS = User.Meta.table
_SHARED_LOCK = "SELECT pg_advisory_xact_lock_shared(hashtext('authberry_event'))"
_EXCLUSIVE_LOCK = "SELECT pg_advisory_xact_lock(hashtext('authberry_event'))"


class NewEvent(NamedTuple):
    """A row of events, for which a model would cost more than all else that is done about it."""

    id: UUID
    kind: str
    occurred_at: datetime
    user_id: UUID | None = None
    session_id: UUID | None = None
    client_id: str | None = None
    reason: str | None = None
    times: int | None = None
    ip_address: str | None = None
    user_agent: str | None = None
    request_id: str | None = None


class EventStatements:
    """The statements on events, for one database."""

    def __init__(self, database: Database) -> None:
        """Write for the dialect of `database`."""
        self._database = database

    async def add(self, events: Sequence[NewEvent]) -> None:
        """Do as `SecurityEvent.bulk_create`, without those of people who are not here.

        Those that are there already stay as they are: after a lost answer it may be done again.
        """
        if self._database.is_sqlite:
            await self._database.write(self._add_sql, self._rows(events))
            return
        # A deletion holds the lock alone: whoever comes behind it sees that the person is gone.
        # Taken by a statement of its own, since a statement sees what was there when it began.
        async with self._database.transaction():
            await self._database.fetch(_SHARED_LOCK)
            await self.add_within(events)

    async def add_within(self, events: Sequence[NewEvent]) -> None:
        """Do so inside a transaction that holds the rows of the people, or blocks additions."""
        await self._database.fetch(self._add_sql, self._rows(events))

    def _rows(self, events: Sequence[NewEvent]) -> str:
        """The events as JSON, as the statement reads them: lists on SQLite, else objects."""
        if self._database.is_sqlite:
            return json.dumps(events, default=str)
        names = columns(SecurityEvent)
        named = [dict(zip(names, event, strict=True)) for event in events]
        return json.dumps(named, default=str)

    async def block_additions(self) -> None:
        """Let nobody add events until the transaction ends. On SQLite a write does that."""
        if not self._database.is_sqlite:
            await self._database.fetch(_EXCLUSIVE_LOCK)

    @cached_property
    def _add_sql(self) -> str:
        names = columns(SecurityEvent)
        is_here = f"EXISTS (SELECT 1 FROM {_USERS} u WHERE u.id = {{}})"
        if self._database.is_sqlite:
            values = [f"json_extract(e.value, '$[{at}]')" for at in range(len(names))]
            user_id, rows = values[names.index("user_id")], "json_each(?) e"
        else:
            types = column_types(SecurityEvent)
            shape = ", ".join(f"{name} {types[name]}" for name in names)
            values = [f"e.{name}" for name in names]
            user_id, rows = "e.user_id", f"jsonb_to_recordset($1::text::jsonb) AS e({shape})"
        return (
            f"INSERT INTO {_EVENTS} ({', '.join(names)}) SELECT {', '.join(values)} FROM {rows}"
            f" WHERE {user_id} IS NULL OR {is_here.format(user_id)} ON CONFLICT (id) DO NOTHING"
        )

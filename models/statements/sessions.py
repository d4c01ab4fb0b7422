"""The hottest statements, written out.

Tortoise builds a query anew each time, which for these costs several times what the database does.
Each of them replaces the ORM form that its docstring names, and tests/models/test_statements.py
holds the two against each other. The texts are for PostgreSQL; SQLite has other words for four
things, and numbers its parameters with another sign.
"""

import json
from collections.abc import Sequence
from datetime import datetime
from functools import cache, cached_property
from typing import NamedTuple, TypeVar
from uuid import UUID

from tortoise.models import Model

from authberry.models.database import Database, Row
from authberry.models.outbox_message import OutboxMessage
from authberry.models.refresh_token import RefreshToken
from authberry.models.security_event import SecurityEvent
from authberry.models.user import User

REMEMBERED_ROWS = 512
"""Of 6 KB each, on SQLite."""

_SQLITE_WORDS = {
    "LEAST(": "MIN(",
    "IS NOT DISTINCT FROM": "IS",
    " FOR SHARE": "",
    " FOR UPDATE SKIP LOCKED": "",
    "$": "?",
}
_SESSIONS = RefreshToken.Meta.table
_USERS = User.Meta.table
_OUTBOX = OutboxMessage.Meta.table
_EVENTS = SecurityEvent.Meta.table
_SHARE_EVENTS = "SELECT pg_advisory_xact_lock_shared(hashtext('authberry_event'))"
_HOLD_EVENTS = "SELECT pg_advisory_xact_lock(hashtext('authberry_event'))"

M = TypeVar("M", bound=Model)


class Claim(NamedTuple):
    """What a rotation writes, and on what condition."""

    session_id: UUID
    generation: int
    token_hash: str
    now: datetime
    rotated_before: datetime
    """Not rotated after this, which is when the window began..."""
    or_after: datetime
    """...unless by a clock so far ahead that it says nothing."""
    next_generation: int
    next_hash: str
    expires_at: datetime
    user_agent: str | None
    ip_address: str | None


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


class Statements:
    """The statements, for one database. Called within `Database.use`, like any model."""

    def __init__(self, database: Database) -> None:
        """Write for the dialect of `database`."""
        self._database = database
        self._decoded: dict[UUID, tuple[Row, RefreshToken]] = {}

    async def session_with_user(self, session_id: UUID) -> RefreshToken | None:
        """Do as `RefreshToken.with_user`, for who does not change what is returned.

        A row that reads as it did last time is not decoded again.
        """
        rows = await self._database.read(self._session_with_user, session_id)
        if not rows:
            return None
        held = self._decoded.get(session_id)
        if held and held[0] == rows[0]:
            return held[1]
        session = _session(rows[0])
        if self._database.is_sqlite:  # elsewhere whoever is asked again is not read again
            if len(self._decoded) >= REMEMBERED_ROWS:
                del self._decoded[next(iter(self._decoded))]
            self._decoded[session_id] = rows[0], session
        return session

    async def claim(self, claim: Claim) -> RefreshToken | None:
        """Rotate with one conditional UPDATE: of all who try at once, one gets the session.

        It does as `RefreshToken.filter(...).update(...)` and then `RefreshToken.with_user`, all of
        it or nothing.
        """
        rows = await self._database.write(self._claim, *claim)
        return _session(rows[0]) if rows else None

    async def live_sessions(self, user_id: UUID, now: datetime) -> list[RefreshToken]:
        """Do as `RefreshToken.filter(user_id=..., revoked_at=None, expires_at__gt=now)`.

        In the order of `order_by("-last_used_at", "id")`: newest use first.
        """
        rows = await self._database.read(self._live_sessions, user_id, now)
        return [_decode(RefreshToken, row) for row in rows]

    async def user_agents(self, session: RefreshToken, limit: int) -> set[str | None]:
        """Do as `RefreshToken.filter(user_id=...).exclude(id=...).values_list("user_agent")`.

        Of the person's other sessions, also those that are over: of the newest, up to `limit`.
        """
        rows = await self._database.read(self._user_agents, session.user_id, session.id, limit)
        return {row["user_agent"] for row in rows}

    async def user_by_email(self, email: str) -> User | None:
        """Do as `User.get_or_none(email=email)`."""
        rows = await self._database.read(self._user_by_email, email)
        return _decode(User, rows[0], "user_") if rows else None

    async def add_user(self, user: User) -> bool:
        """Do as `user.save()`, unless there is somebody of that address; inside a transaction.

        Returns whether there was nobody.
        """
        values = [getattr(user, name) for name in _columns(User)]
        values[_columns(User).index("roles")] = json.dumps(user.roles)
        return bool(await self._database.fetch(self._add_user, *values))

    async def begin(self, session: RefreshToken, user: User, *, is_within: bool = False) -> bool:
        """Do as `session.save()`, if the account is as it was when `user` was read.

        The account cannot change meanwhile: PostgreSQL keeps its row, and SQLite has one writer.
        Returns whether it was. With `is_within` it is part of a transaction.
        """
        values = (getattr(session, name) for name in _columns(RefreshToken))
        write = self._database.fetch if is_within else self._database.write
        rows = await write(self._begin, *values, user.password_hash)
        return bool(rows)

    async def end_surplus(
        self, user_id: UUID, now: datetime, limit: int, reason: str, *, is_within: bool = False
    ) -> bool:
        """End the live sessions of a person beyond `limit`, those used longest ago.

        Returns whether there were any; nothing is written where there are none. With `is_within` it
        is part of a transaction, and sees what that has written.
        """
        read = self._database.fetch if is_within else self._database.read
        if not await read(self._surplus, user_id, now, limit):
            return False
        return bool(await self._database.fetch(self._end_surplus, user_id, now, limit, reason))

    async def take_message(
        self, now: datetime, until: datetime, letters: Sequence[str]
    ) -> OutboxMessage | None:
        """Take the mail that has been due longest, so that nobody else does before `until`.

        It is about one of `letters`, or past its time. Its attempts are one more. Of several
        processes that ask at once each gets another, if there is one.
        """
        rows = await self._database.write(self._take_message(len(letters)), now, until, *letters)
        return _decode(OutboxMessage, rows[0]) if rows else None

    async def add_events(self, events: Sequence[NewEvent]) -> None:
        """Do as `SecurityEvent.bulk_create`, without those of people who are not here.

        Those that are there already stay as they are: after a lost answer it may be done again.
        """
        if self._database.is_sqlite:
            await self._database.write(self._add_events, json.dumps(events, default=str))
            return
        columns = _columns(SecurityEvent)
        named = [dict(zip(columns, event, strict=True)) for event in events]
        # A deletion holds the lock alone: whoever comes behind it sees that the person is gone.
        # Taken by a statement of its own, since a statement sees what was there when it began.
        async with self._database.transaction():
            await self._database.fetch(_SHARE_EVENTS)
            await self._database.fetch(self._add_events, json.dumps(named, default=str))

    async def hold_events_back(self) -> None:
        """Let nobody add events until the transaction ends. On SQLite a write does that."""
        if not self._database.is_sqlite:
            await self._database.fetch(_HOLD_EVENTS)

    @cached_property
    def _session_with_user(self) -> str:
        return self._write(
            f"SELECT {_listed(RefreshToken, 's')}, {_listed(User, 'u', 'user_')}"
            f" FROM {_SESSIONS} s JOIN {_USERS} u ON u.id = s.user_id WHERE s.id = $1"
        )

    @cached_property
    def _live_sessions(self) -> str:
        return self._write(
            f"SELECT {_listed(RefreshToken, 's')} FROM {_SESSIONS} s WHERE s.user_id = $1"
            " AND s.revoked_at IS NULL AND s.expires_at > $2 ORDER BY s.last_used_at DESC, s.id"
        )

    @cached_property
    def _user_agents(self) -> str:
        return self._write(
            f"SELECT user_agent FROM {_SESSIONS} WHERE user_id = $1 AND id <> $2"
            " ORDER BY created_at DESC LIMIT $3"
        )

    @cached_property
    def _claim(self) -> str:
        changes = (
            f"UPDATE {_SESSIONS} AS s SET generation = $7, token_hash = $8, rotated_at = $4,"
            " last_used_at = $4, expires_at = LEAST($9, absolute_expires_at),"
            " user_agent = $10, ip_address = $11"
        )
        conditions = (
            "s.id = $1 AND s.generation = $2 AND s.token_hash = $3 AND s.revoked_at IS NULL"
            " AND s.expires_at > $4"
            " AND (s.rotated_at IS NULL OR s.rotated_at <= $5 OR s.rotated_at > $6)"
        )
        may_log_in = "u.id = s.user_id AND u.disabled_at IS NULL"
        session = _listed(RefreshToken, "s")
        if not self._database.is_sqlite:
            return (
                f"{changes} FROM {_USERS} u WHERE {conditions} AND {may_log_in}"
                f" RETURNING {session}, {_listed(User, 'u', 'user_')}"
            )
        # SQLite returns columns of the table that it updates, and of no other.
        user = ", ".join(
            f"(SELECT u.{name} FROM {_USERS} u WHERE u.id = user_id) AS user_{name}"
            for name in _columns(User)
        )
        return self._write(
            f"{changes} WHERE {conditions} AND EXISTS (SELECT 1 FROM {_USERS} u WHERE {may_log_in})"
            f" RETURNING {session.replace('s.', '')}, {user}"
        )

    @cached_property
    def _user_by_email(self) -> str:
        columns = _listed(User, "u", "user_")
        return self._write(f"SELECT {columns} FROM {_USERS} u WHERE u.email = $1")

    @cached_property
    def _add_user(self) -> str:
        columns = _columns(User)
        values = (f"${at}" for at, _ in enumerate(columns, 1))
        return self._write(
            f"INSERT INTO {_USERS} ({', '.join(columns)}) VALUES ({', '.join(values)})"
            " ON CONFLICT (email) DO NOTHING RETURNING id"
        )

    @cached_property
    def _begin(self) -> str:
        columns = _columns(RefreshToken)
        # PostgreSQL takes what stands alone in a list for text, unless told.
        types = {} if self._database.is_sqlite else _types(RefreshToken)
        values = (
            f"CAST(${at} AS {types[name]})" if types else f"${at}"
            for at, name in enumerate(columns, 1)
        )
        return self._write(
            f"INSERT INTO {_SESSIONS} ({', '.join(columns)})"
            f" SELECT {', '.join(values)} FROM {_USERS} u"
            f" WHERE u.id = ${columns.index('user_id') + 1} AND u.disabled_at IS NULL"
            f" AND u.password_hash IS NOT DISTINCT FROM ${len(columns) + 1} FOR SHARE"
            " RETURNING id"
        )

    @cached_property
    def _surplus(self) -> str:
        return self._write(
            f"SELECT id FROM {_SESSIONS} WHERE user_id = $1 AND revoked_at IS NULL"
            " AND expires_at > $2 ORDER BY last_used_at DESC, created_at DESC, id"
            " LIMIT 1000 OFFSET $3"
        )

    @cached_property
    def _end_surplus(self) -> str:
        return self._write(
            f"UPDATE {_SESSIONS} SET revoked_at = $2, revoked_reason = $4"
            f" WHERE id IN ({self._surplus}) AND revoked_at IS NULL RETURNING id"
        )

    def _take_message(self, letters: int) -> str:
        known = ", ".join(f"${number}" for number in range(3, 3 + letters)) or "NULL"
        return self._write(
            f"UPDATE {_OUTBOX} SET due_at = $2, attempts = attempts + 1 WHERE id ="
            f" (SELECT id FROM {_OUTBOX} WHERE due_at <= $1"
            f" AND (letter IN ({known}) OR expires_at <= $1) ORDER BY due_at, id LIMIT 1"
            f" FOR UPDATE SKIP LOCKED) RETURNING {', '.join(_columns(OutboxMessage))}"
        )

    @cached_property
    def _add_events(self) -> str:
        columns = _columns(SecurityEvent)
        is_here = f"EXISTS (SELECT 1 FROM {_USERS} u WHERE u.id = {{}})"
        if self._database.is_sqlite:
            values = [f"json_extract(e.value, '$[{at}]')" for at in range(len(columns))]
            user_id, rows = values[columns.index("user_id")], "json_each(?) e"
        else:
            types = _types(SecurityEvent)
            shape = ", ".join(f"{name} {types[name]}" for name in columns)
            values = [f"e.{name}" for name in columns]
            user_id, rows = "e.user_id", f"jsonb_to_recordset($1::text::jsonb) AS e({shape})"
        return (
            f"INSERT INTO {_EVENTS} ({', '.join(columns)}) SELECT {', '.join(values)} FROM {rows}"
            f" WHERE {user_id} IS NULL OR {is_here.format(user_id)} ON CONFLICT (id) DO NOTHING"
        )

    def _write(self, sql: str) -> str:
        if self._database.is_sqlite:
            for word, theirs in _SQLITE_WORDS.items():
                sql = sql.replace(word, theirs)
        return sql


@cache
def _columns(model: type[Model]) -> list[str]:
    """The columns of a table, in its order; complete once a database was opened."""
    return list(model._meta.fields_db_projection.values())  # noqa: SLF001 - Tortoise's documented name


def _types(model: type[Model]) -> dict[str, str]:
    fields = model._meta.fields_map  # noqa: SLF001 - likewise
    return {name: fields[name].get_for_dialect("postgres", "SQL_TYPE") for name in _columns(model)}


def _listed(model: type[Model], table: str, prefix: str = "") -> str:
    return ", ".join(f"{table}.{name} AS {prefix}{name}" for name in _columns(model))


def _decode(model: type[M], row: Row, prefix: str = "") -> M:
    values = {name: row[prefix + name] for name in _columns(model)}
    return model._init_from_db(**values)  # noqa: SLF001 - as its own queries do


def _session(row: Row) -> RefreshToken:
    session = _decode(RefreshToken, row)
    session.user = _decode(User, row, "user_")
    return session

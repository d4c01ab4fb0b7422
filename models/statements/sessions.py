"""Statements on sessions: read with their user, begun, rotated, ended."""

from collections.abc import Collection, Sequence
from datetime import datetime
from functools import cached_property
from typing import NamedTuple
from uuid import UUID

from authberry.models.database import Database, Row
from authberry.models.refresh_token import RefreshToken
from authberry.models.security_event import SecurityEvent
from authberry.models.statements.columns import columns, decode, listed
from authberry.models.statements.dialect import Dialect
from authberry.models.statements.factors import FACTORS
from authberry.models.tortoise_internals import column_types
from authberry.models.user import User

REMEMBERED_ROWS = 512
"""Of 6 KB each, on SQLite."""

SURPLUS_PAGE = 1000
"""Sessions that are ended by one statement, which others wait for."""

_SESSIONS = RefreshToken.Meta.table
_USERS = User.Meta.table
_EVENTS = SecurityEvent.Meta.table


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


class SessionStatements:
    """The statements on sessions, for one database."""

    def __init__(self, database: Database) -> None:
        """Write for the dialect of `database`."""
        self._database = database
        self._dialect = Dialect(is_sqlite=database.is_sqlite)
        self._decoded: dict[UUID, tuple[Row, RefreshToken]] = {}

    async def with_user(self, session_id: UUID) -> RefreshToken | None:
        """Do as `RefreshToken.with_user`, for who does not change what is returned.

        A row that reads as it did last time is not decoded again.
        """
        rows = await self._database.read(self._with_user_sql, session_id)
        if not rows:
            return None
        held = self._decoded.get(session_id)
        if held and held[0] == rows[0]:
            return held[1]
        session = _session_and_user(rows[0])
        if self._dialect.is_sqlite:  # elsewhere whoever is asked again is not read again
            if len(self._decoded) >= REMEMBERED_ROWS:
                del self._decoded[next(iter(self._decoded))]
            self._decoded[session_id] = rows[0], session
        return session

    async def claim(self, claim: Claim) -> RefreshToken | None:
        """Rotate with one conditional UPDATE: of all who try at once, one gets the session.

        It does as `RefreshToken.filter(...).update(...)` and then `RefreshToken.with_user`, all of
        it or nothing.
        """
        rows = await self._database.write(self._claim_sql, *claim)
        return _session_and_user(rows[0]) if rows else None

    async def live(self, user_id: UUID, now: datetime) -> list[RefreshToken]:
        """Do as `RefreshToken.filter(user_id=..., revoked_at=None, expires_at__gt=now)`.

        In the order of `order_by("-last_used_at", "id")`: newest use first.
        """
        rows = await self._database.read(self._live_sql, user_id, now)
        return [decode(RefreshToken, row) for row in rows]

    async def user_agents(self, user_id: UUID, limit: int) -> set[str | None]:
        """Do as `RefreshToken.filter(user_id=...).values_list("user_agent")`.

        Of the person's sessions, also those that are over: of the newest, up to `limit`.
        """
        rows = await self._database.read(self._user_agents_sql, user_id, limit)
        return {row["user_agent"] for row in rows}

    async def addresses(self, email: str, logins: Sequence[str], limit: int) -> set[str | None]:
        """Return the addresses of the network from which somebody has logged in to an account.

        Of its sessions, also those that are over, and of its stored events of the kinds `logins`:
        of the newest of each, up to `limit`.
        """
        rows = await self._database.read(self._addresses_sql(len(logins)), email, limit, *logins)
        return {row["ip_address"] for row in rows}

    async def begin(self, session: RefreshToken, user: User) -> bool:
        """Do as `session.save()`, if the account is as it was when `user` was read.

        Inside a transaction, until whose end the account does not change and no other session of it
        begins: PostgreSQL keeps its row, and SQLite has one writer. Returns whether it was.
        """
        values = (getattr(session, name) for name in columns(RefreshToken))
        return bool(await self._database.fetch(self._begin_sql, *values, user.password_hash))

    async def begin_alone(
        self, session: RefreshToken, user: User, limit: int, *, only_without_factors: bool
    ) -> bool:
        """Do so by one statement, on SQLite, if this is at most the last of `limit` live sessions.

        With `only_without_factors`, also only if the account has none by then. Returns whether it
        has begun.
        """
        values = (getattr(session, name) for name in columns(RefreshToken))
        rows = await self._database.write(
            self._begin_alone_sql,
            *values,
            user.password_hash,
            session.created_at,
            limit,
            not only_without_factors,
        )
        return bool(rows)

    async def end_surplus(self, user_id: UUID, now: datetime, limit: int, reason: str) -> int:
        """End the live sessions of a person beyond `limit`, those used longest ago, up to a page.

        Inside the transaction in which one begins, and then anew where the page was full: so nobody
        waits for all of them. Returns how many there were; nothing is written where there are none.
        """
        if not await self._database.fetch(self._is_surplus_sql, user_id, now, limit):
            return 0
        ended = await self._database.fetch(self._end_surplus_sql, user_id, now, limit, reason)
        return len(ended)

    async def end(
        self, ids: Collection[UUID], now: datetime, reason: str
    ) -> list[tuple[UUID, UUID]]:
        """Do as `RefreshToken.filter(id__in=ids, revoked_at=None).update(...)`.

        Returns which of them it has ended, and whose they were.
        """
        rows = await self._database.fetch(self._end_sql(len(ids)), now, reason, *ids)
        return [(_uuid(row["id"]), _uuid(row["user_id"])) for row in rows]

    @cached_property
    def _with_user_sql(self) -> str:
        return self._dialect.adapt(
            f"SELECT {listed(RefreshToken, 's')}, {listed(User, 'u', 'user_')}"
            f" FROM {_SESSIONS} s JOIN {_USERS} u ON u.id = s.user_id WHERE s.id = $1"
        )

    @cached_property
    def _live_sql(self) -> str:
        return self._dialect.adapt(
            f"SELECT {listed(RefreshToken, 's')} FROM {_SESSIONS} s WHERE s.user_id = $1"
            " AND s.revoked_at IS NULL AND s.expires_at > $2 ORDER BY s.last_used_at DESC, s.id"
        )

    @cached_property
    def _user_agents_sql(self) -> str:
        return self._dialect.adapt(
            f"SELECT user_agent FROM {_SESSIONS} WHERE user_id = $1"
            " ORDER BY created_at DESC LIMIT $2"
        )

    def _addresses_sql(self, kinds: int) -> str:
        listing = ", ".join(f"${at}" for at in range(3, 3 + kinds))
        return self._dialect.adapt(
            f"SELECT ip_address FROM (SELECT s.ip_address FROM {_SESSIONS} s"
            f" JOIN {_USERS} u ON u.id = s.user_id WHERE u.email = $1"
            " ORDER BY s.created_at DESC LIMIT $2) sessions"
            f" UNION SELECT ip_address FROM (SELECT e.ip_address FROM {_EVENTS} e"
            f" JOIN {_USERS} u ON u.id = e.user_id WHERE u.email = $1 AND e.kind IN ({listing})"
            " ORDER BY e.id DESC LIMIT $2) logins"
        )

    @cached_property
    def _claim_sql(self) -> str:
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
        session = listed(RefreshToken, "s")
        if not self._dialect.is_sqlite:
            return (
                f"{changes} FROM {_USERS} u WHERE {conditions} AND {may_log_in}"
                f" RETURNING {session}, {listed(User, 'u', 'user_')}"
            )
        # SQLite returns columns of the table that it updates, and of no other.
        user = ", ".join(
            f"(SELECT u.{name} FROM {_USERS} u WHERE u.id = user_id) AS user_{name}"
            for name in columns(User)
        )
        return self._dialect.adapt(
            f"{changes} WHERE {conditions} AND EXISTS (SELECT 1 FROM {_USERS} u WHERE {may_log_in})"
            f" RETURNING {session.replace('s.', '')}, {user}"
        )

    @cached_property
    def _begin_sql(self) -> str:
        return self._begin_if("")

    @cached_property
    def _begin_alone_sql(self) -> str:
        names = columns(RefreshToken)
        now, limit, with_factors = (len(names) + number for number in (2, 3, 4))
        has_none = " AND ".join(
            f"NOT EXISTS (SELECT 1 FROM {table} WHERE user_id = u.id)" for table in FACTORS
        )
        return self._begin_if(
            f" AND (SELECT count(*) FROM {_SESSIONS} WHERE user_id = u.id"
            f" AND revoked_at IS NULL AND expires_at > ${now}) < ${limit}"
            f" AND (${with_factors} OR {has_none})"
        )

    def _begin_if(self, condition: str) -> str:
        names = columns(RefreshToken)
        # PostgreSQL takes what stands alone in a list for text, unless told.
        types = {} if self._dialect.is_sqlite else column_types(RefreshToken)
        values = (
            f"CAST(${at} AS {types[name]})" if types else f"${at}"
            for at, name in enumerate(names, 1)
        )
        return self._dialect.adapt(
            f"INSERT INTO {_SESSIONS} ({', '.join(names)})"
            f" SELECT {', '.join(values)} FROM {_USERS} u"
            f" WHERE u.id = ${names.index('user_id') + 1} AND u.disabled_at IS NULL"
            f" AND u.password_hash IS NOT DISTINCT FROM ${len(names) + 1}{condition}"
            " FOR NO KEY UPDATE RETURNING id"
        )

    def _end_sql(self, count: int) -> str:
        any_of = ", ".join(f"${at}" for at in range(3, 3 + count))
        return self._dialect.adapt(
            f"UPDATE {_SESSIONS} SET revoked_at = $1, revoked_reason = $2"
            f" WHERE id IN ({any_of}) AND revoked_at IS NULL RETURNING id, user_id"
        )

    @cached_property
    def _is_surplus_sql(self) -> str:
        return self._dialect.adapt(
            f"SELECT 1 FROM {_SESSIONS} WHERE user_id = $1 AND revoked_at IS NULL"
            " AND expires_at > $2 LIMIT 1 OFFSET $3"
        )

    @cached_property
    def _surplus_sql(self) -> str:
        return self._dialect.adapt(
            f"SELECT id FROM {_SESSIONS} WHERE user_id = $1 AND revoked_at IS NULL"
            " AND expires_at > $2 ORDER BY last_used_at DESC, created_at DESC, id"
            f" LIMIT {SURPLUS_PAGE} OFFSET $3"
        )

    @cached_property
    def _end_surplus_sql(self) -> str:
        # Locked in one order: of two logins at once, one waits for the other and finds less.
        return self._dialect.adapt(
            f"UPDATE {_SESSIONS} SET revoked_at = $2, revoked_reason = $4 WHERE id IN"
            f" (SELECT id FROM {_SESSIONS} WHERE id IN ({self._surplus_sql})"
            " AND revoked_at IS NULL ORDER BY id FOR UPDATE) RETURNING id"
        )


def _uuid(value: UUID | str) -> UUID:
    """An id as it is read, which on SQLite is text."""
    return UUID(str(value))


def _session_and_user(row: Row) -> RefreshToken:
    session = decode(RefreshToken, row)
    session.user = decode(User, row, "user_")
    return session

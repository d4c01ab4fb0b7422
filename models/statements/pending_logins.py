"""Statements on pending logins: begun, found with their user, tried, used up."""

from datetime import datetime
from functools import cached_property
from uuid import UUID

from authberry.models.database import Database
from authberry.models.pending_login import PendingLogin
from authberry.models.statements.columns import columns, decode, listed
from authberry.models.statements.dialect import Dialect
from authberry.models.statements.held_factors import HeldFactors, held_columns, held_from_row
from authberry.models.user import User

_PENDING = PendingLogin.Meta.table
_USERS = User.Meta.table


class PendingLoginStatements:
    """The statements on pending logins, for one database."""

    def __init__(self, database: Database) -> None:
        """Write for the dialect of `database`."""
        self._database = database
        self._dialect = Dialect(is_sqlite=database.is_sqlite)

    async def add(self, login: PendingLogin) -> None:
        """Do as `login.save()`."""
        values = (getattr(login, name) for name in columns(PendingLogin))
        await self._database.write(self._add_sql, *values)

    async def with_user(self, login_id: UUID) -> tuple[PendingLogin, HeldFactors] | None:
        """Do as `PendingLogin.get_or_none(id=...).select_related("user")`.

        With what its user can prove a second time with.
        """
        rows = await self._database.read(self._with_user_sql, login_id)
        if not rows:
            return None
        login = decode(PendingLogin, rows[0])
        login.user = decode(User, rows[0], "user_")
        return login, held_from_row(rows[0])

    async def count_attempt(self, login_id: UUID, most: int) -> int | None:
        """Do as `PendingLogin.filter(id=..., attempts__lt=most).update(attempts=F(...) + 1)`.

        Returns the how manieth it is, of all who try at once; None if there were as many before.
        """
        rows = await self._database.write(self._count_attempt_sql, login_id, most)
        return int(rows[0]["attempts"]) if rows else None

    async def use(self, login_id: UUID, rests_on: str, now: datetime) -> bool:
        """Do as `PendingLogin.filter(id=..., rests_on=..., expires_at__gt=now).delete()`.

        Returns whether it was there.
        """
        return bool(await self._database.fetch(self._use_sql, login_id, rests_on, now))

    @cached_property
    def _add_sql(self) -> str:
        names = columns(PendingLogin)
        values = (f"${at}" for at, _ in enumerate(names, 1))
        return self._dialect.adapt(
            f"INSERT INTO {_PENDING} ({', '.join(names)}) VALUES ({', '.join(values)})"
        )

    @cached_property
    def _with_user_sql(self) -> str:
        return self._dialect.adapt(
            f"SELECT {listed(PendingLogin, 'p')}, {listed(User, 'u', 'user_')},"
            f" {held_columns('p.user_id')}"
            f" FROM {_PENDING} p JOIN {_USERS} u ON u.id = p.user_id WHERE p.id = $1"
        )

    @cached_property
    def _count_attempt_sql(self) -> str:
        return self._dialect.adapt(
            f"UPDATE {_PENDING} SET attempts = attempts + 1"
            " WHERE id = $1 AND attempts < $2 RETURNING attempts"
        )

    @cached_property
    def _use_sql(self) -> str:
        return self._dialect.adapt(
            f"DELETE FROM {_PENDING} WHERE id = $1 AND rests_on = $2 AND expires_at > $3"
            " RETURNING id"
        )

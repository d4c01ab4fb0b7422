"""Statements on people: found by their address, added."""

import json
from functools import cached_property

from authberry.models.database import Database
from authberry.models.statements.columns import columns, decode, listed
from authberry.models.statements.dialect import Dialect
from authberry.models.user import User

_USERS = User.Meta.table


class UserStatements:
    """The statements on people, for one database."""

    def __init__(self, database: Database) -> None:
        """Write for the dialect of `database`."""
        self._database = database
        self._dialect = Dialect(is_sqlite=database.is_sqlite)

    async def by_email(self, email: str) -> User | None:
        """Do as `User.get_or_none(email=email)`."""
        rows = await self._database.read(self._by_email_sql, email)
        return decode(User, rows[0], "user_") if rows else None

    async def add(self, user: User) -> bool:
        """Do as `user.save()`, unless there is somebody of that address; inside a transaction.

        Returns whether there was nobody.
        """
        names = columns(User)
        values = [getattr(user, name) for name in names]
        values[names.index("roles")] = json.dumps(user.roles)
        return bool(await self._database.fetch(self._add_sql, *values))

    @cached_property
    def _by_email_sql(self) -> str:
        listing = listed(User, "u", "user_")
        return self._dialect.adapt(f"SELECT {listing} FROM {_USERS} u WHERE u.email = $1")

    @cached_property
    def _add_sql(self) -> str:
        names = columns(User)
        values = (f"${at}" for at, _ in enumerate(names, 1))
        return self._dialect.adapt(
            f"INSERT INTO {_USERS} ({', '.join(names)}) VALUES ({', '.join(values)})"
            " ON CONFLICT (email) DO NOTHING RETURNING id"
        )

"""Statements on people: found by their address, added."""

import json
from collections.abc import Sequence
from functools import cached_property
from uuid import UUID

from authberry.models.database import Database
from authberry.models.statements.columns import columns, decode, listed
from authberry.models.statements.dialect import Dialect
from authberry.models.user import User

_USERS = User.Meta.table
_KEY = "COALESCE(u.email_key, u.email)"
"""What the unique index is on, in its words."""


class UserStatements:
    """The statements on people, for one database."""

    def __init__(self, database: Database) -> None:
        """Write for the dialect of `database`."""
        self._database = database
        self._dialect = Dialect(is_sqlite=database.is_sqlite)
        self._by_email: dict[int, str] = {}

    async def by_email(self, spellings: Sequence[str]) -> User | None:
        """Find whose address one of these is; of several people, by the first of them."""
        rows = await self._database.read(self._by_email_sql(len(spellings)), *spellings)
        found = [decode(User, row, "user_") for row in rows]
        found.sort(key=lambda user: spellings.index(user.email_key or user.email))
        return found[0] if found else None

    async def add(self, user: User) -> bool:
        """Do as `user.save()`, unless there is somebody of that address; inside a transaction.

        Returns whether there was nobody.
        """
        names = columns(User)
        values = [getattr(user, name) for name in names]
        values[names.index("roles")] = json.dumps(user.roles)
        return bool(await self._database.fetch(self._add_sql, *values))

    async def hold(self, user_id: UUID) -> None:
        """Do as `select_for_update`, on SQLite too: the account stays as it is until the end.

        A transaction that decides by what somebody has begins with it: of those who decide about
        one account at once, each finds what the one before has written.
        """
        if self._database.is_file_held:
            return
        await self._database.fetch(self._hold_sql, user_id)

    def _by_email_sql(self, count: int) -> str:
        if count not in self._by_email:
            any_of = ", ".join(f"${at}" for at in range(1, count + 1))
            self._by_email[count] = self._dialect.adapt(
                f"SELECT {listed(User, 'u', 'user_')} FROM {_USERS} u WHERE {_KEY} IN ({any_of})"
            )
        return self._by_email[count]

    @cached_property
    def _hold_sql(self) -> str:
        # SQLite locks nothing for a read, where a transaction has not begun with the lock.
        return self._dialect.adapt(
            f"UPDATE {_USERS} SET disabled_at = disabled_at WHERE id = $1 RETURNING id"
        )

    @cached_property
    def _add_sql(self) -> str:
        names = columns(User)
        values = (f"${at}" for at, _ in enumerate(names, 1))
        return self._dialect.adapt(
            f"INSERT INTO {_USERS} ({', '.join(names)}) VALUES ({', '.join(values)})"
            " ON CONFLICT DO NOTHING RETURNING id"
        )

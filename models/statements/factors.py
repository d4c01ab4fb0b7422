"""Statements on factors: what somebody has, looked up at each login with one query."""

from datetime import datetime
from functools import cached_property
from typing import NamedTuple
from uuid import UUID

from authberry.models.database import Database
from authberry.models.datetime_field import DatetimeField
from authberry.models.factor_reset import FactorReset
from authberry.models.passkey import Passkey
from authberry.models.pending_login import PendingLogin
from authberry.models.recovery_code import RecoveryCode
from authberry.models.statements.dialect import Dialect
from authberry.models.totp import Totp

FACTORS = (Totp.Meta.table, Passkey.Meta.table)
"""The tables of what somebody can have as a second factor."""
_PENDING = PendingLogin.Meta.table


class HeldFactors(NamedTuple):
    """What somebody can prove a second time with."""

    totps: int
    passkeys: int
    recovery_codes: int
    """Unused ones."""
    reset_at: datetime | None
    """When all of it is taken away, since its owner has lost it; None if that is not wanted."""

    @property
    def is_empty(self) -> bool:
        """Whether there is no second factor; recovery codes are none by themselves."""
        return not (self.totps or self.passkeys)


class FactorStatements:
    """The statements on factors, for one database."""

    def __init__(self, database: Database) -> None:
        """Write for the dialect of `database`."""
        self._database = database
        self._dialect = Dialect(is_sqlite=database.is_sqlite)
        self._time = DatetimeField(null=True)

    async def held(self, user_id: UUID) -> HeldFactors:
        """Return what somebody has."""
        (row,) = await self._database.read(self._held_sql, user_id)
        return HeldFactors(
            row["totps"],
            row["passkeys"],
            row["codes"],
            self._time.to_python_value(row["reset_at"]),
        )

    async def ids(self, user_id: UUID) -> list[str]:
        """Do as `values_list("id")` on `Totp` and `Passkey`, in one order."""
        rows = await self._database.fetch(self._ids_sql, user_id)
        return sorted(str(row["id"]) for row in rows)

    async def count_attempt(self, login_id: UUID, most: int) -> int | None:
        """Do as `PendingLogin.filter(id=..., attempts__lt=most).update(attempts=F(...) + 1)`.

        Returns the how manieth it is, of all who try at once; None if there were as many before.
        """
        rows = await self._database.write(self._count_attempt_sql, login_id, most)
        return int(rows[0]["attempts"]) if rows else None

    @cached_property
    def _ids_sql(self) -> str:
        ids = (f"SELECT id FROM {table} WHERE user_id = $1" for table in FACTORS)
        return self._dialect.adapt(" UNION ALL ".join(ids))

    @cached_property
    def _count_attempt_sql(self) -> str:
        return self._dialect.adapt(
            f"UPDATE {_PENDING} SET attempts = attempts + 1"
            " WHERE id = $1 AND attempts < $2 RETURNING attempts"
        )

    @cached_property
    def _held_sql(self) -> str:
        def of(table: str, what: str = "count(*)", more: str = "") -> str:
            return f"(SELECT {what} FROM {table} WHERE user_id = $1{more})"

        return self._dialect.adapt(
            f"SELECT {of(Totp.Meta.table)} AS totps, {of(Passkey.Meta.table)} AS passkeys,"
            f" {of(RecoveryCode.Meta.table, more=' AND used_at IS NULL')} AS codes,"
            f" {of(FactorReset.Meta.table, 'effective_at')} AS reset_at"
        )

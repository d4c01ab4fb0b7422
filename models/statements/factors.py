"""Statements on factors: what somebody has, looked up at each login, and what is used of it."""

from datetime import datetime
from functools import cached_property
from typing import NamedTuple
from uuid import UUID

from authberry.models.database import Database
from authberry.models.datetime_field import DatetimeField
from authberry.models.factor_reset import FactorReset
from authberry.models.passkey import Passkey
from authberry.models.recovery_code import RecoveryCode
from authberry.models.statements.columns import decode, listed
from authberry.models.statements.dialect import Dialect
from authberry.models.totp import Totp

FACTORS = (Totp.Meta.table, Passkey.Meta.table)
"""The tables of what somebody can have as a second factor."""
_APPS = Totp.Meta.table
_RESETS = FactorReset.Meta.table


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
        rows = await self._database.read(self._ids_sql, user_id)
        return sorted(str(row["id"]) for row in rows)

    async def apps(self, user_id: UUID) -> list[Totp]:
        """Do as `Totp.filter(user_id=...).order_by("created_at", "id")`."""
        rows = await self._database.read(self._apps_sql, user_id)
        return [decode(Totp, row) for row in rows]

    async def use_code(self, app_id: UUID, step: int, now: datetime, resealed: str | None) -> bool:
        """Do as `Totp.filter(id=..., last_step__lt=step).update(last_step=step, ...)`.

        Args:
            app_id: The app whose code it is.
            step: The code's time step.
            now: When it is used.
            resealed: The app's seed as it is sealed from now on; None leaves it as it is.

        Returns whether no code of that step or behind had been used.
        """
        return bool(await self._database.fetch(self._use_code_sql, app_id, step, now, resealed))

    async def end_reset(self, user_id: UUID) -> bool:
        """Do as `FactorReset.filter(user_id=...).delete()`; returns whether there was one."""
        return bool(await self._database.fetch(self._end_reset_sql, user_id))

    @cached_property
    def _ids_sql(self) -> str:
        ids = (f"SELECT id FROM {table} WHERE user_id = $1" for table in FACTORS)
        return self._dialect.adapt(" UNION ALL ".join(ids))

    @cached_property
    def _apps_sql(self) -> str:
        return self._dialect.adapt(
            f"SELECT {listed(Totp, 't')} FROM {_APPS} t WHERE t.user_id = $1"
            " ORDER BY t.created_at, t.id"
        )

    @cached_property
    def _use_code_sql(self) -> str:
        return self._dialect.adapt(
            f"UPDATE {_APPS} SET last_step = $2, last_used_at = $3,"
            " sealed_seed = COALESCE($4, sealed_seed)"
            " WHERE id = $1 AND last_step < $2 RETURNING id"
        )

    @cached_property
    def _end_reset_sql(self) -> str:
        return self._dialect.adapt(f"DELETE FROM {_RESETS} WHERE user_id = $1 RETURNING id")

    @cached_property
    def _held_sql(self) -> str:
        def of(table: str, what: str = "count(*)", more: str = "") -> str:
            return f"(SELECT {what} FROM {table} WHERE user_id = $1{more})"

        return self._dialect.adapt(
            f"SELECT {of(_APPS)} AS totps, {of(Passkey.Meta.table)} AS passkeys,"
            f" {of(RecoveryCode.Meta.table, more=' AND used_at IS NULL')} AS codes,"
            f" {of(_RESETS, 'effective_at')} AS reset_at"
        )

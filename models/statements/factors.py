"""Statements on factors: what somebody has, looked up at each login, and what is used of it."""

from datetime import datetime
from functools import cached_property
from uuid import UUID

from authberry.models.database import Database
from authberry.models.factor_reset import FactorReset
from authberry.models.passkey import Passkey
from authberry.models.statements.columns import decode, listed
from authberry.models.statements.dialect import Dialect
from authberry.models.statements.held_factors import HeldFactors, held_columns, held_from_row
from authberry.models.totp import Totp

FACTORS = (Totp.Meta.table, Passkey.Meta.table)
"""The tables of what somebody can have as a second factor."""
_APPS = Totp.Meta.table
_RESETS = FactorReset.Meta.table


class FactorStatements:
    """The statements on factors, for one database."""

    def __init__(self, database: Database) -> None:
        """Write for the dialect of `database`."""
        self._database = database
        self._dialect = Dialect(is_sqlite=database.is_sqlite)

    async def held(self, user_id: UUID) -> HeldFactors:
        """Return what somebody has."""
        (row,) = await self._database.read(self._held_sql, user_id)
        return held_from_row(row)

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
        return self._dialect.adapt(f"SELECT {held_columns('$1')}")

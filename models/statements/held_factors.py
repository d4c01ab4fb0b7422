"""What somebody can prove a second time with, as columns of a statement."""

from datetime import datetime
from typing import NamedTuple

from authberry.models.database import Row
from authberry.models.datetime_field import DatetimeField
from authberry.models.factor_reset import FactorReset
from authberry.models.passkey import Passkey
from authberry.models.recovery_code import RecoveryCode
from authberry.models.totp import Totp

_IDS = "STRING_AGG(CAST(f.id AS text), ',')"
_TIME = DatetimeField(null=True)


class HeldFactors(NamedTuple):
    """What somebody can prove a second time with."""

    totps: tuple[str, ...]
    """The ids of apps, in no order."""
    passkeys: tuple[str, ...]
    """Likewise."""
    recovery_codes: int
    """How many are unused."""
    reset_at: datetime | None
    """When all of it is taken away, since its owner has lost it; None if that is not wanted."""

    @property
    def is_empty(self) -> bool:
        """Whether there is no second factor; recovery codes are none by themselves."""
        return not (self.totps or self.passkeys)

    @property
    def ids(self) -> list[str]:
        """The ids of apps and passkeys, in one order."""
        return sorted((*self.totps, *self.passkeys))


def held_columns(user_id: str) -> str:
    """Return what a SELECT lists to get what somebody has, who is named by an expression."""

    def of(table: str, what: str, more: str = "") -> str:
        return f"(SELECT {what} FROM {table} f WHERE f.user_id = {user_id}{more})"

    return (
        f"{of(Totp.Meta.table, _IDS)} AS totps, {of(Passkey.Meta.table, _IDS)} AS passkeys,"
        f" {of(RecoveryCode.Meta.table, 'count(*)', ' AND f.used_at IS NULL')} AS codes,"
        f" {of(FactorReset.Meta.table, 'f.effective_at')} AS reset_at"
    )


def held_from_row(row: Row) -> HeldFactors:
    """Return what those columns say."""
    return HeldFactors(
        _ids(row["totps"]),
        _ids(row["passkeys"]),
        row["codes"],
        _TIME.to_python_value(row["reset_at"]),
    )


def _ids(joined: str | None) -> tuple[str, ...]:
    return tuple(joined.split(",")) if joined else ()

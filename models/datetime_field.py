"""A point in time, in UTC whatever the host prefers."""

from datetime import UTC, datetime
from typing import Any

from tortoise import fields


class DatetimeField(fields.DatetimeField[datetime]):
    """Tortoise's, but aware and in UTC also where a host has set `use_tz=False` or a time zone.

    Tortoise keeps both for the whole process, and the rules compare times; SQLite compares them as
    text, which is right only while all of it is in one zone.
    """

    def to_python_value(self, value: Any) -> datetime | None:
        """Read what the database holds, which is UTC."""
        time: datetime | None = datetime.fromisoformat(value) if isinstance(value, str) else value
        if time is None or time.tzinfo is UTC:
            return time
        return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)

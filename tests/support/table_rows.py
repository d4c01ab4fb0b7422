"""Rows made by nothing but the tables, with something in every column."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

from frozen_clock import NOON
from tortoise.models import Model

from authberry.models import RefreshToken, User

SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)


async def person(**values: Any) -> User:
    """Somebody in the table."""
    return await User.create(
        **{
            "id": uuid4(),
            "email": f"{uuid4()}@example.com",
            "email_verified": True,
            "name": "Ädä 🦊",
            "password_hash": "a hash",
            "roles": ["admin", "ü"],
            "created_at": NOON,
            **values,
        }
    )


def unsaved(user: User, **values: Any) -> RefreshToken:
    """A session that is not in the table yet."""
    return RefreshToken(
        **{
            "id": uuid4(),
            "user": user,
            "generation": 3,
            "token_hash": "0" * 64,
            "transport": "BODY",
            "authenticated_at": NOON,
            "created_at": NOON,
            "rotated_at": NOON - HOUR,
            "last_used_at": NOON.replace(microsecond=0),
            "expires_at": NOON + HOUR,
            "absolute_expires_at": NOON + 2 * HOUR,
            "user_agent": "Firefox",
            "ip_address": "2001:db8::1",
            **values,
        }
    )


async def session(user: User, **values: Any) -> RefreshToken:
    """A session in the table."""
    row = unsaved(user, **values)
    await row.save()
    return row


def values(row: Model | None) -> dict[str, object]:
    """Every column, with its type: 1 is not True here."""
    assert row
    return {name: (type(value), value) for name, value in dict(row).items()}  # type: ignore[call-overload]

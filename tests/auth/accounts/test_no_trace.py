"""After a person has left, nothing of them is found in any table."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from deleted_account import personal_data, templates, use_and_delete_account
from frozen_clock import FrozenClock
from tortoise.models import Model

from authberry import Auth
from authberry.models import (
    FactorReset,
    OneTimeToken,
    OutboxMessage,
    Passkey,
    PendingLogin,
    RecoveryCode,
    RefreshToken,
    SecurityEvent,
    SigningKey,
    Totp,
    TrustedDevice,
    User,
)

MakeAuth = Callable[..., Awaitable[Auth]]

TABLES: tuple[type[Model], ...] = (
    User, RefreshToken, OneTimeToken, OutboxMessage, SecurityEvent, SigningKey,
    Totp, Passkey, RecoveryCode, TrustedDevice, PendingLogin, FactorReset,
)  # fmt: skip


@pytest.mark.one_process("each process has a store of its own")
async def test_no_table_has_a_trace(
    make_auth: MakeAuth, tmp_path: Path, clock: FrozenClock
) -> None:
    """In no column, whatever its type."""
    auth = await make_auth(event_ttl=90 * 86400, mail_templates=templates(tmp_path))
    ids = await use_and_delete_account(auth, clock)
    await auth.resources.events.flush()
    with auth.database.use():
        rows = {table: await table.all().values() for table in TABLES}
    assert {table.__name__ for table, held in rows.items() if held} == {
        "User",
        "RefreshToken",
        "SecurityEvent",
        "SigningKey",
        "Totp",
        "Passkey",
        "RecoveryCode",
        "TrustedDevice",
        "PendingLogin",
        "FactorReset",
    }
    text = repr(rows)
    assert "p3@example.com" in text
    assert [
        trace for trace in personal_data(ids) if trace in text.replace("203.0.113.0/24", "")
    ] == []
    kinds = {row["kind"] for row in rows[SecurityEvent] if row["user_id"] is None}
    assert {"login_failed", "mail_requested", "account_deleted"} <= kinds

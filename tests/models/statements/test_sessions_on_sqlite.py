"""A session that begins by one statement, where there is one writer."""

from functools import partial
from typing import Any
from uuid import uuid4

import pytest
from frozen_clock import NOON
from table_rows import person, session, unsaved

from authberry.models import Passkey, RefreshToken, Statements, Totp, User


async def test_a_session_that_begins_alone_is_the_last_of_so_many(statements: Statements) -> None:
    """Not one beyond the limit, nor in an account that changed; what is over does not count."""
    user = await person()
    await session(user, revoked_at=NOON)
    await session(user, expires_at=NOON)
    await session(await person())
    rows = [unsaved(user) for _ in range(3)]
    alone = partial(statements.sessions.begin_alone, only_without_factors=True)
    begun = [await alone(row, user, 2) for row in rows]
    assert begun == [True, True, False]
    assert dict(await RefreshToken.get(id=rows[1].id)) == dict(rows[1])  # type: ignore[call-overload]
    await User.filter(id=user.id).update(password_hash="another")
    assert not await alone(rows[2], user, 9)
    assert not await RefreshToken.exists(id=rows[2].id)


@pytest.mark.parametrize("model", [Totp, Passkey])
async def test_a_session_that_begins_alone_begins_without_factors_if_that_is_asked_for(
    statements: Statements, model: type[Totp | Passkey]
) -> None:
    """The factors of others do not count."""
    user, other = await person(), await person()
    begin = partial(statements.sessions.begin_alone, user=user, limit=9)
    await factor(model, other)
    assert await begin(unsaved(user), only_without_factors=True)
    await factor(model, user)
    row = unsaved(user)
    assert not await begin(row, only_without_factors=True)
    assert not await RefreshToken.exists(id=row.id)
    assert await begin(row, only_without_factors=False)


async def factor(model: type[Totp | Passkey], user: User) -> None:
    """An app or a passkey in the table."""
    key_id = uuid4().hex
    values: dict[str, Any] = {"name": "Phone", "sealed_seed": "a seed", "last_step": 1}
    if model is Passkey:
        texts = ("name", "credential_id", "credential_hash", "user_handle", "public_key", "aaguid")
        facts = ("backup_eligible", "backed_up", "user_verified")
        values = dict.fromkeys(texts, key_id) | dict.fromkeys(facts, True)
        values |= {"sign_count": 0, "transports": ""}
    await model.create(id=uuid4(), user=user, created_at=NOON, **values)

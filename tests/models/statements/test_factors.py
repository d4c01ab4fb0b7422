"""Factors are listed and used as by the ORM form of each statement."""

from typing import Any
from uuid import uuid4

import pytest
from frozen_clock import NOON
from table_rows import HOUR, SECOND, person, values

from authberry.models import Database, FactorReset, RecoveryCode, Statements, Totp, User


async def app(user: User, **values: Any) -> Totp:
    """An app in the table, with something in every column."""
    return await Totp.create(
        **{
            "id": uuid4(),
            "user": user,
            "name": "Ädäs phone 🦊",
            "sealed_seed": "sealed",
            "last_step": 2**33,
            "created_at": NOON,
            "last_used_at": NOON.replace(microsecond=0),
            **values,
        }
    )


async def test_apps_are_listed_as_by_the_orm(statements: Statements) -> None:
    """The oldest first, and nobody else's."""
    ada = await person()
    for created_at in (NOON + SECOND, NOON, NOON):
        await app(ada, created_at=created_at, last_used_at=None)
    await app(await person())
    listed = [values(one) for one in await statements.factors.apps(ada.id)]
    by_orm = await Totp.filter(user_id=ada.id).order_by("created_at", "id")
    assert len(listed) == 3
    assert listed == [values(one) for one in by_orm]
    assert await statements.factors.apps(uuid4()) == []


async def test_what_somebody_has_is_what_there_is_in_this_transaction(
    database: Database, statements: Statements
) -> None:
    """Also what nobody else sees yet; and of nobody else."""
    ada = await person()
    await app(await person())
    assert await statements.factors.held(ada.id) == ((), (), 0, None)
    first = await app(ada)
    await FactorReset.create(id=uuid4(), user=ada, created_at=NOON, effective_at=NOON)
    for slot, used_at in zip(("a", "b", "c"), (NOON, None, None), strict=True):
        await RecoveryCode.create(
            id=uuid4(), user=ada, slot=slot, code_hash="a hash", created_at=NOON, used_at=used_at
        )
    async with database.transaction():
        second = await app(ada)
        held = await statements.factors.held(ada.id)
    assert sorted(held.totps) == held.ids == sorted(str(one.id) for one in (first, second))
    assert held[1:] == ((), 2, NOON)
    assert not held.is_empty


@pytest.mark.parametrize("resealed", [None, "sealed anew"])
async def test_a_code_is_used_as_by_the_orm(
    database: Database, statements: Statements, resealed: str | None
) -> None:
    """Once; and none of its step or before is good any more."""
    used, other = await app(await person()), await app(await person())
    step, now = used.last_step + 1, NOON + HOUR
    async with database.transaction():
        use = statements.factors.use_code
        tried = [await use(used.id, at, now, resealed) for at in (step - 1, step, step)]
    assert tried == [False, True, False]
    expected = {"last_step": step, "last_used_at": now, "sealed_seed": resealed or "sealed"}
    for name, value in expected.items():
        setattr(used, name, value)
    for app_ in (used, other):
        assert dict(await Totp.get(id=app_.id)) == dict(app_)  # type: ignore[call-overload]


async def test_a_reset_ends_as_by_the_orm(database: Database, statements: Statements) -> None:
    """It says whether there was one, and leaves that of somebody else."""
    ada, bob = await person(), await person()
    for user in (ada, bob):
        await FactorReset.create(id=uuid4(), user=user, created_at=NOON, effective_at=NOON)
    async with database.transaction():
        ended = [await statements.factors.end_reset(ada.id) for _ in range(2)]
    assert ended == [True, False]
    assert await FactorReset.all().values_list("user_id", flat=True) == [bob.id]

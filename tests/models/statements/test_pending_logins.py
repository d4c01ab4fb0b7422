"""Pending logins are begun, found, tried and used up as by the ORM form of each statement."""

from typing import Any
from uuid import uuid4

import pytest
from frozen_clock import NOON
from rows import Row
from table_rows import HOUR, person, values

from authberry.models import Database, PendingLogin, Statements, Totp, User


def unsaved(user: User, **values: Any) -> PendingLogin:
    """A login that is not in the table yet, with something in every column."""
    return PendingLogin(
        **{
            "id": uuid4(),
            "user": user,
            "purpose": "login",
            "secret_hash": "0" * 64,
            "transport": "BODY",
            "proofs": '{"amr": ["pwd"], "acr": "aal1"}',
            "rests_on": "1" * 64,
            "sealed_payload": "sealed",
            "attempts": 2,
            "created_at": NOON.replace(microsecond=0),
            "expires_at": NOON + HOUR,
            **values,
        }
    )


def columns_of(login: PendingLogin) -> Row:
    """Every column; asyncpg has a class of its own for ids, which are equal."""
    columns: Row = dict(login)  # type: ignore[call-overload]
    return columns


async def saved(**values: Any) -> PendingLogin:
    """One in the table."""
    login = unsaved(await person(), **values)
    await login.save()
    return login


@pytest.mark.parametrize("changes", [{}, {"sealed_payload": None, "attempts": 0}])
@pytest.mark.parametrize("within", [True, False])
async def test_a_login_is_added_as_the_orm_saves_it(
    database: Database, statements: Statements, changes: dict[str, object], *, within: bool
) -> None:
    """With every column, in a transaction and alone."""
    added = unsaved(await person(), **changes)
    if within:
        async with database.transaction():
            await statements.pending_logins.add(added)
    else:
        await statements.pending_logins.add(added)
    assert columns_of(await PendingLogin.get(id=added.id)) == columns_of(added)


async def test_a_login_is_found_with_its_user(statements: Statements) -> None:
    """As by the ORM, and with what they have; one that is not there is None."""
    login = await saved()
    app = await Totp.create(
        id=uuid4(), user=login.user, name="", sealed_seed="", last_step=0, created_at=NOON
    )
    found = await statements.pending_logins.with_user(login.id)
    by_orm = await PendingLogin.get(id=login.id).select_related("user")
    assert found
    row, held = found
    assert values(row) == values(by_orm)
    assert values(row.user) == values(by_orm.user)
    assert held == await statements.factors.held(login.user.id)
    assert held.totps == (str(app.id),)
    assert await statements.pending_logins.with_user(uuid4()) is None


async def test_a_login_is_found_in_the_transaction_that_writes_it(
    database: Database, statements: Statements
) -> None:
    """Though nobody else sees it yet."""
    user = await person()
    async with database.transaction():
        added = unsaved(user)
        await statements.pending_logins.add(added)
        found = await statements.pending_logins.with_user(added.id)
        assert found
        assert columns_of(found[0]) == columns_of(added)


async def test_tries_are_counted_up_to_the_most(statements: Statements) -> None:
    """Each of those who try at once has a number of its own."""
    login = await saved(attempts=3)
    count = statements.pending_logins.count_attempt
    assert [await count(login.id, 5) for _ in range(3)] == [4, 5, None]
    assert (await PendingLogin.get(id=login.id)).attempts == 5
    assert await count(uuid4(), 5) is None


@pytest.mark.parametrize(
    ("rests_on", "now", "is_used"),
    [
        ("1" * 64, NOON, True),
        ("2" * 64, NOON, False),
        ("1" * 64, NOON + HOUR, False),
    ],
)
async def test_a_login_is_used_once_on_its_conditions(
    statements: Statements, rests_on: str, now: Any, *, is_used: bool
) -> None:
    """As by the ORM, which deletes what it finds; another one stays."""
    login, other = await saved(), await saved()
    use = statements.pending_logins.use
    by_orm = PendingLogin.filter(id=login.id, rests_on=rests_on, expires_at__gt=now)
    assert await by_orm.count() == is_used
    assert [await use(login.id, rests_on, now) for _ in range(2)] == [is_used, False]
    assert await PendingLogin.filter(id=login.id).count() == (not is_used)
    assert await PendingLogin.filter(id=other.id).count() == 1

"""People are found and added as by the ORM form of each statement."""

from uuid import uuid4

from frozen_clock import NOON
from table_rows import HOUR, person, values

from authberry.models import Database, Statements, User


async def test_a_user_is_found_as_by_the_orm(statements: Statements) -> None:
    """By the address as it is stored, and by no other."""
    user = await person(email="ada@example.com", disabled_at=NOON)
    assert values(await statements.users.by_email(["ada@example.com"])) == values(
        await User.get(id=user.id)
    )
    assert await statements.users.by_email(["ADA@example.com"]) is None


async def test_whom_the_first_spelling_finds_comes_first(statements: Statements) -> None:
    """By its key, where that is not its address; then the address alone finds nobody."""
    ada = await person(email="ada@example.com")
    keyed = await person(email="\u03c3\u03c2@example.com", email_key="\u03c3\u03c3@example.com")
    for spellings, found in (
        (["\u03c3\u03c3@example.com", ada.email], keyed),
        ([ada.email, "\u03c3\u03c3@example.com"], ada),
        ([keyed.email], None),
    ):
        assert await statements.users.by_email(spellings) == found


async def test_somebody_is_added_as_the_orm_saves_them(
    database: Database, statements: Statements
) -> None:
    """With every column, inside a transaction."""
    added = User(
        id=uuid4(),
        email="ada@example.com",
        name="Ädä 🦊",
        password_hash="a hash",
        locale="ko",
        roles=["admin", "ü"],
        created_at=NOON,
        deletes_at=NOON + HOUR,
    )
    async with database.transaction():
        assert await statements.users.add(added)
    (row,) = await User.filter(id=added.id).values()
    assert row == {name: getattr(added, name) for name in row}


async def test_somebody_whose_address_is_taken_is_not_added(
    database: Database, statements: Statements
) -> None:
    """Nothing of whoever has it changes, and the transaction goes on."""
    there = await person(email="ada@example.com")
    before = values(await User.get(id=there.id))
    async with database.transaction():
        other = User(id=uuid4(), email=there.email, roles=[], created_at=NOON)
        assert not await statements.users.add(other)
        assert await User.all().count() == 1
    assert values(await User.get(email=there.email)) == before

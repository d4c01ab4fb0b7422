"""The statements that are written out: each does as the ORM form it replaces."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from frozen_clock import NOON
from tortoise.models import Model

from authberry.models import (
    Claim,
    Database,
    NewEvent,
    OutboxMessage,
    RefreshToken,
    SecurityEvent,
    Statements,
    User,
)

SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """An open database with its tables."""
    database = Database(database_url)
    await database.open()
    await database.migrate()
    yield database
    await database.close()


@pytest.fixture
async def statements(database: Database) -> AsyncIterator[Statements]:
    """The statements on that database, which models speak to as well."""
    with database.use():
        yield Statements(database)


async def person(**values: Any) -> User:
    """Somebody, with something in every column."""
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
    """A session that is not in the table yet, with something in every column."""
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


async def test_a_session_reads_as_it_does_by_the_orm(statements: Statements) -> None:
    """Every column of it and of its user, empty ones too; a second time as well."""
    full = await session(await person())
    empty = await session(
        await person(name=None, password_hash=None, roles=[], email_verified=False),
        rotated_at=None, user_agent=None, ip_address=None,
    )  # fmt: skip
    for row in (full, empty, full):
        read, by_orm = (
            await statements.session_with_user(row.id),
            await RefreshToken.with_user(row.id),
        )
        assert values(read) == values(by_orm)
        assert read
        assert by_orm
        assert values(read.user) == values(by_orm.user)
    assert await statements.session_with_user(uuid4()) is None


@pytest.mark.parametrize("change", ["session", "user"])
async def test_a_row_that_changed_is_never_taken_for_what_it_was(
    database: Database, statements: Statements, change: str
) -> None:
    """What was decoded before is used only while every column of both rows is the same."""
    row = await session(await person())
    before = await statements.session_with_user(row.id)
    assert (await statements.session_with_user(row.id) is before) == database.is_sqlite
    if change == "session":
        await RefreshToken.filter(id=row.id).update(revoked_at=NOON)
    else:
        await User.filter(id=row.user_id).update(roles=[])
    after = await statements.session_with_user(row.id)
    assert after
    assert (after.revoked_at, after.user.roles) == (
        (NOON, ["admin", "ü"]) if change == "session" else (None, [])
    )


async def test_a_user_is_found_as_by_the_orm(statements: Statements) -> None:
    """By the address as it is stored, and by no other."""
    user = await person(email="ada@example.com", disabled_at=NOON)
    assert values(await statements.user_by_email("ada@example.com")) == values(
        await User.get(id=user.id)
    )
    assert await statements.user_by_email("ADA@example.com") is None


async def test_live_sessions_are_listed_as_by_the_orm(statements: Statements) -> None:
    """Newest use first, and nobody else's, and none that is over."""
    user, other = await person(), await person()
    for at in (2, 0, 1, 1):
        await session(user, last_used_at=NOON + at * SECOND)
    await session(user, revoked_at=NOON)
    await session(user, expires_at=NOON)
    await session(other)
    listed = await statements.live_sessions(user.id, NOON)
    by_orm = await RefreshToken.filter(
        user_id=user.id, revoked_at=None, expires_at__gt=NOON
    ).order_by("-last_used_at", "id")
    assert len(listed) == 4
    assert [values(row) for row in listed] == [values(row) for row in by_orm]


# Beginning


async def test_a_session_begins_as_the_orm_saves_it(statements: Statements) -> None:
    """Every column, and the key of the person."""
    user = await person()
    row = unsaved(user)
    assert await statements.begin(row, user)
    stored = await RefreshToken.get(id=row.id)
    assert dict(stored) == dict(row)  # type: ignore[call-overload]


@pytest.mark.parametrize(
    "change",
    [{"password_hash": "another"}, {"password_hash": None}, {"disabled_at": NOON}, None],
    ids=["another password", "none", "disabled", "deleted"],
)
async def test_no_session_begins_in_an_account_that_changed(
    statements: Statements, change: dict[str, object] | None
) -> None:
    """What was proved was proved of another state of the account."""
    user = await person()
    if change:
        await User.filter(id=user.id).update(**change)
    else:
        await User.filter(id=user.id).delete()
    assert not await statements.begin(unsaved(user), user)
    assert await RefreshToken.all().count() == 0


async def test_an_account_without_a_password_can_begin_one(statements: Statements) -> None:
    """Nothing is equal to nothing, here."""
    user = await person(password_hash=None)
    assert await statements.begin(unsaved(user), user)


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
        assert await statements.add_user(added)
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
        assert not await statements.add_user(other)
        assert await User.all().count() == 1
    assert values(await User.get(email=there.email)) == before


async def test_the_user_agents_of_the_other_sessions_are_as_by_the_orm(
    statements: Statements,
) -> None:
    """Live or not, the newest first, and nobody else's."""
    ada, bob = await person(), await person()
    rows = [
        await session(ada, user_agent=name, created_at=NOON + number * SECOND)
        for number, name in enumerate(["Opera", None, "Safari", "Firefox"])
    ]
    await session(bob, user_agent="Chrome")
    await RefreshToken.filter(id=rows[2].id).update(revoked_at=NOON)
    assert await statements.user_agents(rows[3], 500) == {"Opera", None, "Safari"}
    assert await statements.user_agents(rows[3], 2) == {None, "Safari"}
    assert await statements.user_agents(rows[0], 500) == {None, "Safari", "Firefox"}


async def test_the_surplus_is_what_was_used_longest_ago(statements: Statements) -> None:
    """Of the live ones of that person; at one time, the elder and then the smaller id stay."""
    user, other = await person(), await person()
    rows = [await session(user, last_used_at=NOON + at * SECOND) for at in range(5)]
    await session(user, revoked_at=NOON)
    await session(user, expires_at=NOON)
    await session(other, last_used_at=NOON - HOUR)
    before = await RefreshToken.all().order_by("id").values()
    assert not await statements.end_surplus(user.id, NOON, 5, "why")
    assert await RefreshToken.all().order_by("id").values() == before
    assert await statements.end_surplus(user.id, NOON, 3, "why")
    after = await RefreshToken.all().order_by("id").values()
    changed = [new for old, new in zip(before, after, strict=True) if new != old]
    assert {row["id"] for row in changed} == {rows[0].id, rows[1].id}
    assert {(row["revoked_at"], row["revoked_reason"]) for row in changed} == {(NOON, "why")}


# Claiming


def claim(row: RefreshToken, **changes: Any) -> Claim:
    """The claim that is due for a session, at NOON, with a window of 30 seconds."""
    due = Claim(
        session_id=row.id,
        generation=3,
        token_hash="0" * 64,
        now=NOON,
        rotated_before=NOON - 30 * SECOND,
        or_after=NOON + 60 * SECOND,
        next_generation=4,
        next_hash="1" * 64,
        expires_at=NOON + HOUR + SECOND,
        user_agent="Safari",
        ip_address=None,
    )
    return due._replace(**changes)


async def test_a_claim_rotates_as_the_orm_would(statements: Statements) -> None:
    """It returns the row as it is afterwards, with its user, and the limit is the nearer one."""
    for absolute in (2 * HOUR, HOUR):
        row = await session(await person(), absolute_expires_at=NOON + absolute)
        claimed = await statements.claim(claim(row))
        by_orm = await RefreshToken.with_user(row.id)
        assert by_orm
        assert values(claimed) == values(by_orm)
        assert claimed
        assert values(claimed.user) == values(by_orm.user)
        assert claimed.expires_at == NOON + min(absolute, HOUR + SECOND)
        expected = {
            "generation": 4, "token_hash": "1" * 64, "rotated_at": NOON, "last_used_at": NOON,
            "expires_at": claimed.expires_at, "user_agent": "Safari", "ip_address": None,
        }  # fmt: skip
        changed = {name for name, value in values(by_orm).items() if value != values(row)[name]}
        assert changed - {"id", "user_id", "expires_at"} == set(expected) - {"expires_at"}
        assert {name: getattr(by_orm, name) for name in expected} == expected


async def test_of_two_claims_one_has_it(statements: Statements) -> None:
    """The condition is in the statement."""
    row = await session(await person())
    assert await statements.claim(claim(row))
    assert await statements.claim(claim(row)) is None


EDGES: dict[str, tuple[dict[str, Any], bool]] = {
    "never rotated": ({"rotated_at": None}, True),
    "rotated a window ago": ({"rotated_at": NOON - 30 * SECOND}, True),
    "rotated within it": ({"rotated_at": NOON - 29 * SECOND}, False),
    "by a clock that is ahead": ({"rotated_at": NOON + 60 * SECOND}, False),
    "by one too far ahead": ({"rotated_at": NOON + 61 * SECOND}, True),
    "another generation": ({"generation": 4}, False),
    "another hash": ({"token_hash": "2" * 64}, False),
    "revoked": ({"revoked_at": NOON}, False),
    "expired": ({"expires_at": NOON}, False),
    "about to expire": ({"expires_at": NOON + SECOND}, True),
}


@pytest.mark.parametrize(("row", "succeeds"), EDGES.values(), ids=EDGES)
async def test_a_claim_has_conditions(
    statements: Statements, row: dict[str, Any], *, succeeds: bool
) -> None:
    """Refused, it changes nothing."""
    stored = await session(await person(), **row)
    before = values(await RefreshToken.get(id=stored.id))
    assert (await statements.claim(claim(stored)) is not None) == succeeds
    assert (values(await RefreshToken.get(id=stored.id)) == before) != succeeds


async def test_nobody_disabled_claims(statements: Statements) -> None:
    """Although the session is live."""
    row = await session(await person(disabled_at=NOON))
    assert await statements.claim(claim(row)) is None


async def test_a_claim_is_of_one_session(statements: Statements) -> None:
    """Other sessions with the same token, if that could be, stay as they are."""
    user = await person()
    rows = [await session(user) for _ in range(3)]
    assert await statements.claim(claim(rows[1]))
    generations: dict[UUID, int] = dict(await RefreshToken.all().values_list("id", "generation"))
    assert generations == {rows[0].id: 3, rows[1].id: 4, rows[2].id: 3}


# Mails


async def message(**values: Any) -> OutboxMessage:
    """A mail that is due."""
    return await OutboxMessage.create(
        **{
            "id": uuid4(),
            "letter": "test",
            "payload": "sealed",
            "recipient_hash": "a hash",
            "last_error": "an error",
            "attempts": 3,
            "created_at": NOON - HOUR,
            "expires_at": NOON + HOUR,
            "due_at": NOON,
            **values,
        }
    )


async def test_a_mail_is_taken_as_the_orm_would(statements: Statements) -> None:
    """The one that has been due longest, and it alone; its attempts are one more."""
    later, first = await message(due_at=NOON - SECOND), await message(due_at=NOON - HOUR)
    first = await OutboxMessage.get(id=first.id)  # with the driver's types
    taken = await statements.take_message(NOON, NOON + HOUR, ["other", "test"])
    assert taken is not None
    first.due_at, first.attempts = NOON + HOUR, 4
    assert values(taken) == values(first)
    assert values(await OutboxMessage.get(id=first.id)) == values(taken)
    left = await OutboxMessage.get(id=later.id)
    assert (left.due_at, left.attempts) == (later.due_at, later.attempts)


@pytest.mark.parametrize(
    ("values", "letters", "is_taken"),
    [
        ({}, ["test"], True),
        ({"due_at": NOON + SECOND}, ["test"], False),
        ({}, ["other"], False),
        ({}, [], False),
        ({"expires_at": NOON}, ["other"], True),
        ({"expires_at": NOON}, [], True),
        ({"expires_at": NOON, "due_at": NOON + SECOND}, ["test"], False),
    ],
    ids=["due", "not due", "another", "none", "another, too late", "none, too late", "too early"],
)
async def test_a_mail_is_taken_by_who_knows_it_or_when_it_is_too_late(
    statements: Statements, values: dict[str, Any], letters: list[str], *, is_taken: bool
) -> None:
    """And when it is due."""
    due = await message(**values)
    taken = await statements.take_message(NOON, NOON + HOUR, letters)
    assert (taken is not None) == is_taken
    row = await OutboxMessage.get(id=due.id)
    assert (row.attempts, row.due_at) == (
        (4, NOON + HOUR) if is_taken else (due.attempts, due.due_at)
    )


async def test_a_mail_that_is_taken_is_taken_by_nobody_else(statements: Statements) -> None:
    """Of several who ask at once, each gets another."""
    ids = {(await message()).id for _ in range(5)}
    asked = [statements.take_message(NOON, NOON + HOUR, ["test"]) for _ in range(8)]
    taken = [one.id for one in await asyncio.gather(*asked) if one]
    assert len(taken) == 5
    assert set(taken) == ids


# Events


async def test_events_are_added_as_by_the_orm(statements: Statements) -> None:
    """Every column, empty ones too; what is there already stays, and nobody's are left out."""
    user = await person()
    full = NewEvent(
        uuid4(), "login_failed", NOON, user.id, uuid4(), "shop", 'ünknown "🦊"', 7, "2001:db8::1",
        "Firefox", "r",
    )  # fmt: skip
    empty = NewEvent(uuid4(), "x", NOON.replace(microsecond=0))
    gone = NewEvent(uuid4(), "x", NOON, uuid4())
    await statements.add_events([full, empty, gone])
    await statements.add_events([NewEvent(full.id, "other", NOON, user.id)])

    read = {event.id: values(event) for event in await SecurityEvent.all()}
    await SecurityEvent.all().delete()
    columns = SecurityEvent._meta.fields_db_projection
    rows = [dict(zip(columns, event, strict=True)) for event in (full, empty)]
    await SecurityEvent.bulk_create([SecurityEvent(**row) for row in rows])
    assert read == {event.id: values(event) for event in await SecurityEvent.all()}
    assert set(read) == {full.id, empty.id}


async def test_no_event_is_added_while_somebody_is_deleted(
    database_url: str, database: Database, statements: Statements
) -> None:
    """Whoever adds one meanwhile waits, and then finds nobody."""
    user = await person()
    other = Database(database_url)
    await other.open()
    event = NewEvent(uuid4(), "x", NOON, user.id)

    async def add() -> None:
        with other.use():
            await Statements(other).add_events([event])

    async with database.transaction():
        await statements.hold_events_back()
        await User.filter(id=user.id).update(name="going")
        adding = asyncio.create_task(add())
        await asyncio.sleep(0.2)
        assert not adding.done()
        await User.filter(id=user.id).delete()
    await adding
    assert not await SecurityEvent.all().exists()
    await other.close()

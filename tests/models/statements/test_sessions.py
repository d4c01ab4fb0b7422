"""Sessions are read, begun and ended as by the ORM form of each statement."""

from uuid import UUID, uuid4

import pytest
from frozen_clock import NOON
from table_rows import HOUR, SECOND, person, session, unsaved, values

from authberry.models import Database, RefreshToken, SecurityEvent, Statements, User
from authberry.models.statements import SURPLUS_PAGE


async def test_a_session_reads_as_it_does_by_the_orm(statements: Statements) -> None:
    """Every column of it and of its user, empty ones too; a second time as well."""
    full = await session(await person())
    empty = await session(
        await person(name=None, password_hash=None, roles=[], email_verified=False),
        rotated_at=None, user_agent=None, ip_address=None,
    )  # fmt: skip
    for row in (full, empty, full):
        read, by_orm = (
            await statements.sessions.with_user(row.id),
            await RefreshToken.with_user(row.id),
        )
        assert values(read) == values(by_orm)
        assert read
        assert by_orm
        assert values(read.user) == values(by_orm.user)
    assert await statements.sessions.with_user(uuid4()) is None


@pytest.mark.parametrize("change", ["session", "user"])
async def test_a_row_that_changed_is_never_taken_for_what_it_was(
    database: Database, statements: Statements, change: str
) -> None:
    """What was decoded before is used only while every column of both rows is the same."""
    row = await session(await person())
    before = await statements.sessions.with_user(row.id)
    assert (await statements.sessions.with_user(row.id) is before) == database.is_sqlite
    if change == "session":
        await RefreshToken.filter(id=row.id).update(revoked_at=NOON)
    else:
        await User.filter(id=row.user_id).update(roles=[])
    after = await statements.sessions.with_user(row.id)
    assert after
    assert (after.revoked_at, after.user.roles) == (
        (NOON, ["admin", "ü"]) if change == "session" else (None, [])
    )


async def test_live_sessions_are_listed_as_by_the_orm(statements: Statements) -> None:
    """Newest use first, and nobody else's, and none that is over."""
    user, other = await person(), await person()
    for at in (2, 0, 1, 1):
        await session(user, last_used_at=NOON + at * SECOND)
    await session(user, revoked_at=NOON)
    await session(user, expires_at=NOON)
    await session(other)
    listed = await statements.sessions.live(user.id, NOON)
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
    assert await statements.sessions.begin(row, user)
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
    assert not await statements.sessions.begin(unsaved(user), user)
    assert await RefreshToken.all().count() == 0


async def test_an_account_without_a_password_can_begin_one(statements: Statements) -> None:
    """Nothing is equal to nothing, here."""
    user = await person(password_hash=None)
    assert await statements.sessions.begin(unsaved(user), user)


async def test_sessions_end_together_as_by_the_orm(statements: Statements) -> None:
    """Those that had not ended before are named, with whose they were."""
    ada, bob = await person(), await person()
    first, second, over = [await session(one) for one in (ada, bob, ada)]
    other = await session(ada)
    await RefreshToken.filter(id=over.id).update(revoked_at=NOON, revoked_reason="before")
    ids = [first.id, second.id, over.id, uuid4()]
    ended = await statements.sessions.end(ids, NOON + SECOND, "why")
    assert set(ended) == {(first.id, ada.id), (second.id, bob.id)}
    rows = {row.id: (row.revoked_at, row.revoked_reason) for row in await RefreshToken.all()}
    assert rows == {
        first.id: (NOON + SECOND, "why"),
        second.id: (NOON + SECOND, "why"),
        over.id: (NOON, "before"),
        other.id: (None, None),
    }


async def test_the_user_agents_of_sessions_are_as_by_the_orm(statements: Statements) -> None:
    """Live or not, the newest first, and nobody else's."""
    ada, bob = await person(), await person()
    rows = [
        await session(ada, user_agent=name, created_at=NOON + number * SECOND)
        for number, name in enumerate(["Opera", None, "Safari", "Firefox"])
    ]
    await session(bob, user_agent="Chrome")
    await RefreshToken.filter(id=rows[2].id).update(revoked_at=NOON)
    assert await statements.sessions.user_agents(ada.id, 500) == {
        *("Opera", None, "Safari", "Firefox")
    }
    assert await statements.sessions.user_agents(ada.id, 2) == {"Safari", "Firefox"}


async def test_the_surplus_is_what_was_used_longest_ago(statements: Statements) -> None:
    """Of the live ones of that person; at one time, the elder and then the smaller id stay."""
    user, other = await person(), await person()
    rows = [await session(user, last_used_at=NOON + at * SECOND) for at in range(5)]
    await session(user, revoked_at=NOON)
    await session(user, expires_at=NOON)
    await session(other, last_used_at=NOON - HOUR)
    before = await RefreshToken.all().order_by("id").values()
    assert await statements.sessions.end_surplus(user.id, NOON, 5, "why") == 0
    assert await RefreshToken.all().order_by("id").values() == before
    assert await statements.sessions.end_surplus(user.id, NOON, 3, "why") == 2
    after = await RefreshToken.all().order_by("id").values()
    changed = [new for old, new in zip(before, after, strict=True) if new != old]
    assert {row["id"] for row in changed} == {rows[0].id, rows[1].id}
    assert {(row["revoked_at"], row["revoked_reason"]) for row in changed} == {(NOON, "why")}


async def crowd(user: User, sessions: int) -> None:
    """Let a person have many live sessions."""
    rows = [unsaved(user, last_used_at=NOON + at * SECOND) for at in range(sessions)]
    await RefreshToken.bulk_create(rows)


async def test_a_surplus_of_thousands_is_ended_a_page_at_a_time(statements: Statements) -> None:
    """Those used longest ago, in the end; each page is a statement of its own."""
    user = await person()
    await crowd(user, 2 * SURPLUS_PAGE + 7)
    pages = [await statements.sessions.end_surplus(user.id, NOON, 5, "why") for _ in range(4)]
    assert pages == [SURPLUS_PAGE, SURPLUS_PAGE, 2, 0]
    kept = await RefreshToken.filter(user_id=user.id, revoked_at=None).order_by("last_used_at")
    newest = [NOON + at * SECOND for at in range(2 * SURPLUS_PAGE + 2, 2 * SURPLUS_PAGE + 7)]
    assert [row.last_used_at for row in kept] == newest


async def test_the_addresses_of_logins_are_those_of_one_person(statements: Statements) -> None:
    """Of sessions, also those that are over, and of stored logins; of nobody there are none."""
    user, other = await person(), await person()
    await session(user, ip_address="192.0.2.1", revoked_at=NOON)
    await session(user, ip_address=None)
    await session(other, ip_address="192.0.2.9")
    kinds = {"login_succeeded": "192.0.2.2", "registered": "192.0.2.3", "login_failed": "192.0.2.4"}
    for kind, address in kinds.items():
        await event(user, kind, address)
    await event(other, "registered", "192.0.2.8")
    logins = ("login_succeeded", "registered")
    found = await statements.sessions.addresses(user.email, logins, 9)
    assert found == {"192.0.2.1", None, "192.0.2.2", "192.0.2.3"}
    assert await statements.sessions.addresses("nobody@example.com", logins, 9) == set()


async def test_no_more_addresses_are_read_than_asked_for(statements: Statements) -> None:
    """The newest of the sessions, and of the events."""
    user = await person()
    for at in range(3):
        await session(user, ip_address=f"192.0.2.{at}", created_at=NOON + at * SECOND)
        await event(user, "registered", f"198.51.100.{at}", at)
    found = await statements.sessions.addresses(user.email, ("registered",), 1)
    assert found == {"192.0.2.2", "198.51.100.2"}


async def event(user: User, kind: str, address: str, number: int = 0) -> None:
    """Store an event, later than those of smaller numbers."""
    await SecurityEvent.create(
        id=UUID(int=(number << 64) + uuid4().int % 2**64),
        kind=kind,
        occurred_at=NOON,
        user_id=user.id,
        ip_address=address,
    )

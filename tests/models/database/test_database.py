"""The database: opened, used by one rule at a time, known to be away."""

import asyncio
import os
import stat
import threading
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, suppress
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from anyio import fail_after
from frozen_clock import NOON
from rows import Row
from tortoise.context import TortoiseContext, get_current_context
from tortoise.exceptions import IntegrityError

from authberry.models import Database, DatabaseUnavailable, RefreshToken, SigningKey, User


@pytest.fixture
async def opened(database_url: str) -> AsyncIterator[list[Database]]:
    """One database with its tables, opened by two processes."""
    databases = [Database(database_url), Database(database_url)]
    async with AsyncExitStack() as stack:
        for database in databases:
            stack.push_async_callback(database.close)
            await database.open()
            await database.migrate()
        yield databases


@pytest.fixture
async def database(opened: list[Database]) -> Database:
    """An open database with its tables."""
    return opened[0]


@pytest.fixture
def on_sqlite(database_url: str) -> bool:
    """Which of the two it is."""
    return database_url.startswith("sqlite")


async def make_user(**values: object) -> User:
    """A person, by nothing but the table."""
    fields: Row = {"id": uuid4(), "email": f"{uuid4()}@example.com", "created_at": NOON, **values}
    return await User.create(**fields)


async def make_session(user: User, **values: object) -> RefreshToken:
    """A session, by nothing but the table."""
    fields: Row = {
        "id": uuid4(),
        "user_id": user.id,
        "token_hash": "0" * 64,
        "transport": "BODY",
        "authenticated_at": NOON,
        "created_at": NOON,
        "last_used_at": NOON,
        "expires_at": NOON,
        "absolute_expires_at": NOON,
        **values,
    }
    return await RefreshToken.create(**fields)


async def look_at(url: str) -> None:
    """Open a database and ask it something."""
    database = Database(url)
    try:
        await database.open()
        await database.pending_migrations()
    finally:
        await database.close()


def modes(folder: Path) -> dict[str, int]:
    """Who may do what with each file."""
    return {file.name: stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()}


# Tables


async def test_every_column_reads_back_as_it_was_written(database: Database) -> None:
    """On both databases: microseconds, words of any script, lists, whole 32-bit generations."""
    with database.use():
        user = await make_user(name="Ädä 🦊", roles=["a", "ü"], disabled_at=NOON)
        session = await make_session(user, generation=2**32 - 1, rotated_at=NOON)
        row = await User.get(id=user.id)
        assert (row.name, row.roles, row.disabled_at) == ("Ädä 🦊", ["a", "ü"], NOON)
        assert row.created_at == NOON
        assert row.created_at.utcoffset() == timedelta(0)
        assert not row.email_verified
        read = await RefreshToken.with_user(session.id)
        assert read
        assert (read.generation, read.rotated_at, read.revoked_at) == (2**32 - 1, NOON, None)
        assert read.user.email == user.email


async def test_an_address_is_one_persons(database: Database) -> None:
    """The table says so, whatever was looked up before."""
    with database.use():
        await make_user(email="ada@example.com")
        with pytest.raises(IntegrityError):
            await make_user(email="ada@example.com")
        assert await User.all().count() == 1


async def test_a_position_is_one_keys(database: Database) -> None:
    """Of two who rotate at once one is refused."""
    row: Row = {
        "position": 1,
        "algorithm": "ES256",
        "public_jwk": {},
        "encrypted_jwk": "",
        "created_at": NOON,
        "activates_at": NOON,
    }
    with database.use():
        await SigningKey.create(kid="a", **row)
        with pytest.raises(IntegrityError):
            await SigningKey.create(kid="b", **row)


async def test_sessions_go_with_their_person(database: Database) -> None:
    """And there is none without one: foreign keys hold on SQLite too."""
    with database.use():
        ada, bob = await make_user(), await make_user()
        await make_session(ada)
        kept = await make_session(bob)
        await ada.delete()
        assert await RefreshToken.all().values_list("id", flat=True) == [kept.id]
        with pytest.raises(IntegrityError):
            await make_session(User(id=uuid4(), email="nobody@example.com", created_at=NOON))


async def test_a_session_is_read_with_its_person_or_not_at_all(database: Database) -> None:
    """One that is not there is None."""
    with database.use():
        assert await RefreshToken.with_user(uuid4()) is None


async def test_a_rotation_writes_no_index(database: Database, *, on_sqlite: bool) -> None:
    """Only the key and the owner are indexed, and neither changes."""
    with database.use():
        connection = database._context.db()
        query = (
            "SELECT i.name AS index, c.name AS column FROM pragma_index_list("
            "'authberry_refresh_token') i, pragma_index_info(i.name) c"
            if on_sqlite
            else "SELECT i.relname AS index, a.attname AS column FROM pg_index x"
            " JOIN pg_class i ON i.oid = x.indexrelid"
            " JOIN pg_attribute a ON a.attrelid = x.indrelid AND a.attnum = ANY(x.indkey)"
            " WHERE x.indrelid = 'authberry_refresh_token'::regclass"
        )
        query = query.replace("AS index", 'AS "index"').replace("AS column", 'AS "column"')
        _, rows = await connection.execute_query(query)
    assert sorted(row["column"] for row in rows) == ["id", "user_id"]


# Holding it


async def test_a_host_keeps_its_own_database(database: Database) -> None:
    """While a rule is at work ours is the current one; afterwards the former one is again."""
    before = get_current_context()
    async with TortoiseContext() as host:
        with database.use():
            assert get_current_context() is database._context
        assert get_current_context() is host
        with pytest.raises(ZeroDivisionError), database.use():
            raise ZeroDivisionError
        assert get_current_context() is host
    assert get_current_context() is before


async def test_tasks_do_not_see_each_others_database(opened: list[Database]) -> None:
    """Two of them in one process, used at the same time."""
    one, two = opened

    async def look(database: Database) -> None:
        for _ in range(20):
            with database.use():
                await User.all().count()
                assert get_current_context() is database._context
            await asyncio.sleep(0)

    await asyncio.gather(look(one), look(two), look(one), look(two))


async def test_a_transaction_is_seen_by_nobody_until_it_is_whole(opened: list[Database]) -> None:
    """And leaves nothing behind when it fails."""
    one, two = opened
    with one.use():
        with suppress(ZeroDivisionError):
            async with one.transaction():
                await make_user(email="never@example.com")
                with two.use():
                    assert await User.all().count() == 0
                raise ZeroDivisionError
        assert await User.all().count() == 0
        async with one.transaction():
            await make_user(email="ada@example.com")
    with two.use():
        assert await User.all().count() == 1


async def test_a_transaction_reads_what_it_has_written(database: Database) -> None:
    """On whichever connection a statement is else the quickest."""
    count = "SELECT count(*) AS count FROM authberry_user"
    rename = "UPDATE authberry_user SET name = 'Bob' RETURNING name"
    with database.use():
        async with database.transaction():
            await make_user(name="Ada")
            for ask in (database.fetch, database.read):
                assert [row["count"] for row in await ask(count)] == [1]
            assert [row["name"] for row in await database.write(rename)] == ["Bob"]
        assert (await User.get()).name == "Bob"


async def test_a_constraint_is_told_by_a_statement_that_is_written_out(database: Database) -> None:
    """In a transaction, as by the ORM."""
    with database.use():
        await make_user(email="ada@example.com")
        await make_user(email="bob@example.com")
        with pytest.raises(IntegrityError):
            async with database.transaction():
                await database.fetch("UPDATE authberry_user SET email = 'ada@example.com'")
        assert await User.filter(email="bob@example.com").count() == 1


async def test_reading_and_writing_at_once_from_two_processes_loses_nothing(
    opened: list[Database],
) -> None:
    """Three hundred transactions of two servers: SQLite waits its turn."""

    async def write(database: Database) -> None:
        with database.use():
            async with database.transaction():
                user = await make_user()
                await make_session(user)

    await asyncio.gather(*(write(opened[turn % 2]) for turn in range(300)))
    with opened[0].use():
        assert await User.all().count() == await RefreshToken.all().count() == 300


async def test_closing_twice_is_closing_once(opened: list[Database]) -> None:
    """And one that was never opened can be closed."""
    for database in opened:
        await database.close()
        await database.close()
    await Database("sqlite://never.db").close()


async def test_a_database_that_is_not_there_is_unavailable(*, on_sqlite: bool) -> None:
    """In seconds, whatever is asked of it first."""
    url = "sqlite:///no/such/folder/a.db" if on_sqlite else "postgres://nobody@127.0.0.1:1/nothing"
    with pytest.raises(DatabaseUnavailable):
        await look_at(url)


# SQLite


async def test_only_its_owner_reads_the_file(
    database_url: str, tmp_path: Path, *, on_sqlite: bool
) -> None:
    """Nor what SQLite writes beside it, whatever the umask."""
    umask = os.umask(0o022)
    database = Database(database_url)
    try:
        await database.open()
        await database.migrate()
        found = modes(tmp_path)
    finally:
        os.umask(umask)
        await database.close()
    names = ("", "-wal", "-shm") if on_sqlite else ()
    assert found == {f"authberry.db{suffix}": 0o600 for suffix in names}
    assert database.file == (tmp_path / "authberry.db" if on_sqlite else None)


async def test_sqlite_is_set_to_wait_and_to_keep_its_word(
    database: Database, *, on_sqlite: bool
) -> None:
    """A write-ahead log, some seconds for another writer, foreign keys."""
    pragmas = {"journal_mode": "wal", "busy_timeout": 2000, "foreign_keys": 1, "synchronous": 1}
    found = {}
    with database.use():
        for name in pragmas if on_sqlite else ():
            _, rows = await database._context.db().execute_query(f"PRAGMA {name}")
            (found[name],) = rows[0]
    assert found == (pragmas if on_sqlite else {})


async def test_a_file_that_is_no_database_is_unavailable(
    tmp_path: Path, *, on_sqlite: bool
) -> None:
    """It is left as it was, and no thread is, which would keep the process from ending."""
    file = tmp_path / "letter.txt"
    file.write_text("Dear Ada, " * 1000)
    threads = threading.active_count()
    if on_sqlite:
        with pytest.raises(DatabaseUnavailable):
            await Database(f"sqlite://{file}").open()
    assert file.read_text() == "Dear Ada, " * 1000
    with fail_after(60):  # it says that it is done, and then it ends
        while threading.active_count() > threads:  # noqa: ASYNC110 - a thread tells nobody
            await asyncio.sleep(0.01)


async def test_a_broken_constraint_that_nobody_expected_quotes_no_row(database: Database) -> None:
    """The fault that callers see, and may log, names no person."""
    with database.use():
        await make_user(email="ada@example.com")
    with pytest.raises(DatabaseUnavailable) as fault, database.use():
        await make_user(email="ada@example.com")
    expected = "SQLITE_CONSTRAINT_UNIQUE" if database.is_sqlite else "23505 on authberry_user"
    assert str(fault.value) == expected
    assert fault.value.refusal
    assert str(fault.value.refusal.constraint).startswith("authberry_user_")
    assert "ada" not in repr(fault.value.refusal)

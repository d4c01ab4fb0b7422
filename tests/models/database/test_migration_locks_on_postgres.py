"""Migrations that take long, or wait for a lock: for whom is said, and nothing is cut short."""

import asyncio
import logging
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from importlib import import_module

import asyncpg
import pytest
from rows import ALL
from waiting import until

from authberry.models import Database, DatabaseUnavailable
from authberry.models.database import connection_url
from authberry.models.database.index_builds import LARGE
from authberry.models.database.migration_locks import LockWait
from authberry.models.database.migration_runner import MigrationRunner
from authberry.models.index_creation import CreateIndex

LOCK = "SELECT pg_advisory_lock(hashtext('authberry_migrations'))"
Release = Callable[[], Awaitable[object]]
NO_PATIENCE = timedelta(0)
CHANGING = ALL[3:]
"""Migrations the first of which changes the table of people, and those behind it."""
INDEXES = ALL[4:]
"""That which makes indexes of large tables, and those behind it."""


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """An empty database."""
    database = Database(database_url)
    await database.open()
    yield database
    await database.close()


@pytest.fixture
async def other(database: Database) -> AsyncIterator[asyncpg.Connection]:
    """Somebody else's connection to it."""
    connection = await database.connect()
    yield connection
    connection.terminate()


@pytest.fixture
def waits(caplog: pytest.LogCaptureFixture) -> Callable[[], list[str]]:
    """Return for whom migrations have said that they wait."""
    caplog.set_level(logging.INFO, "authberry.models")

    def said() -> list[str]:
        records = [one for one in caplog.records if vars(one).get("event") == "a migration waits"]
        return [str(one.__dict__["for"]) for one in records]

    return said


@pytest.fixture
def tries(monkeypatch: pytest.MonkeyPatch) -> list[Exception]:
    """Why the tries that were in vain had to end."""
    ended: list[Exception] = []
    pause = LockWait.pause

    async def counted(wait: LockWait, error: Exception) -> None:
        ended.append(error)
        await pause(wait, error)

    monkeypatch.setattr(LockWait, "pause", counted)
    return ended


async def dump(other: asyncpg.Connection) -> Release:
    """Hold what pg_dump holds on a table that a migration changes."""
    await other.execute("SET application_name = 'pg_dump'")
    await other.execute("BEGIN; LOCK TABLE authberry_user IN ACCESS SHARE MODE")

    async def release() -> None:
        await other.execute("ROLLBACK")

    return release


async def migrate_until(
    database: Database, monkeypatch: pytest.MonkeyPatch, left: list[str]
) -> None:
    """Leave some to apply."""
    before = ALL[: -len(left)]
    with monkeypatch.context() as patched:
        name = "authberry.models.database.migration_runner.known_migrations"
        patched.setattr(name, lambda: before)
        assert await database.migrate() == before


async def test_a_migration_takes_as_long_as_it_takes(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The limit of a server's statement is not its: nor is one that was set for the role."""
    monkeypatch.setattr(connection_url, "STATEMENT_TIMEOUT", 2)
    statements = MigrationRunner._statements

    async def slow(runner: MigrationRunner, name: str) -> list[str]:
        return [*await statements(runner, name), "SELECT pg_sleep(2.5)"]

    monkeypatch.setattr(MigrationRunner, "_statements", slow)
    monkeypatch.setattr(
        "authberry.models.database.migration_runner.known_migrations", lambda: ALL[:1]
    )
    database = Database(database_url)
    await database.open()
    name = database_url.rpartition("/")[2]
    with database.use():
        await database.fetch(f"ALTER DATABASE \"{name}\" SET statement_timeout = '2s'")
    assert await database.migrate() == ALL[:1]
    await database.close()


async def test_a_migration_waits_for_another_process_and_says_so(
    database: Database,
    other: asyncpg.Connection,
    waits: Callable[[], list[str]],
    tries: list[Exception],
) -> None:
    """However often it has to try."""
    await other.execute(LOCK)
    migrating = asyncio.create_task(database.migrate())
    await until(lambda: bool(waits()) and len(tries) > 1)
    pid = other.get_server_pid()
    assert waits() == [f"another process that migrates (PostgreSQL process {pid})"]
    assert not migrating.done()
    await other.execute("SELECT pg_advisory_unlock_all()")
    assert await migrating == ALL


async def test_what_another_process_has_done_meanwhile_is_not_done_again(
    database_url: str, database: Database, other: asyncpg.Connection, waits: Callable[[], list[str]]
) -> None:
    """Who comes second does nothing, and PostgreSQL's log has no error."""
    await other.execute(LOCK)
    second = Database(database_url)
    await second.open()
    migrating = [asyncio.create_task(one.migrate()) for one in (database, second)]
    await until(lambda: len(waits()) > 1)
    await other.execute("SELECT pg_advisory_unlock_all()")
    applied = await asyncio.gather(*migrating)
    assert sorted(name for names in applied for name in names) == ALL
    await second.close()


async def test_a_dump_delays_a_migration_and_servers_go_on(
    database: Database,
    other: asyncpg.Connection,
    waits: Callable[[], list[str]],
    tries: list[Exception],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Between two tries nothing queues behind it."""
    await migrate_until(database, monkeypatch, CHANGING)
    release = await dump(other)
    migrating = asyncio.create_task(database.migrate())
    await until(lambda: bool(waits()) and bool(tries))
    with database.use():
        assert await database.fetch("SELECT id FROM authberry_user") == []
    pid = other.get_server_pid()
    expected = f"pg_dump (PostgreSQL process {pid}), which holds a lock on authberry_user"
    assert waits() == [expected]
    await release()
    assert await migrating == CHANGING


async def test_a_migration_that_gives_up_says_for_whom_it_waited(
    database: Database, other: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It leaves nothing half done, and the next one does it."""
    await migrate_until(database, monkeypatch, CHANGING)
    release = await dump(other)
    with pytest.raises(DatabaseUnavailable) as error:
        await database.migrate(patience=NO_PATIENCE)
    assert str(error.value) == (
        f"the migration {CHANGING[0]} has waited 0 s for pg_dump (PostgreSQL process"
        f" {other.get_server_pid()}), which holds a lock on authberry_user."
        " Let that end, and run authberry migrate again"
    )
    assert await database.pending_migrations() == CHANGING
    await release()
    assert await database.migrate() == CHANGING


async def fill(database: Database) -> None:
    """Make a table of events so large that its index is built beforehand."""
    with database.use():
        await database.fetch(
            "INSERT INTO authberry_event (id, kind, occurred_at)"
            " SELECT gen_random_uuid(), 'registered', now() FROM generate_series(1, 20000)"
        )
        (size,) = await database.fetch("SELECT pg_relation_size('authberry_event') AS bytes")
    assert size["bytes"] >= LARGE


async def indexes(database: Database) -> dict[str, bool]:
    """Which indexes there are of our own names, and whether each is good."""
    with database.use():
        rows = await database.fetch(
            "SELECT relname::text AS name, indisvalid FROM pg_index JOIN pg_class c"
            " ON c.oid = indexrelid WHERE relname LIKE 'authberry%' AND relname NOT LIKE '%pkey'"
        )
    return {row["name"]: row["indisvalid"] for row in rows}


async def test_a_large_table_is_written_to_while_its_index_is_built(
    database: Database,
    other: asyncpg.Connection,
    waits: Callable[[], list[str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A build waits for who is at it, and nobody waits for the build."""
    await migrate_until(database, monkeypatch, INDEXES)
    await fill(database)
    await other.execute("BEGIN; DELETE FROM authberry_event")
    migrating = asyncio.create_task(database.migrate())
    pid = other.get_server_pid()
    expected = f"PostgreSQL process {pid}, whose transaction is open"
    await until(lambda: expected in waits())

    with database.use():
        await database.fetch("SET lock_timeout = 100")
        await database.fetch(
            "INSERT INTO authberry_event (id, kind, occurred_at)"
            " VALUES (gen_random_uuid(), 'registered', now())"
        )

    assert not migrating.done()
    await other.execute("ROLLBACK")
    assert await migrating == INDEXES
    built = await indexes(database)
    assert built["authberry_event_kind"]
    assert all(built.values())


async def test_an_index_whose_build_was_cut_short_is_built_anew(
    database: Database, other: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What PostgreSQL leaves of it takes no reader, and only looks like an index."""
    await migrate_until(database, monkeypatch, INDEXES)
    await fill(database)
    await other.execute("BEGIN; DELETE FROM authberry_event")
    builder = await database.connect()
    await builder.execute("SET lock_timeout = 100")
    with pytest.raises(asyncpg.LockNotAvailableError):
        await builder.execute(
            "CREATE INDEX CONCURRENTLY authberry_event_kind ON authberry_event (kind, id)"
        )
    builder.terminate()
    await other.execute("ROLLBACK")
    assert (await indexes(database))["authberry_event_kind"] is False

    assert await database.migrate() == INDEXES
    assert (await indexes(database))["authberry_event_kind"] is True


async def test_who_builds_indexes_at_once_builds_each_once(
    database_url: str, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Several servers start with a new version on large tables."""
    await migrate_until(database, monkeypatch, INDEXES)
    await fill(database)
    second = Database(database_url)
    await second.open()
    applied = await asyncio.gather(database.migrate(), second.migrate())
    assert sorted(applied) == [[], INDEXES]
    assert all((await indexes(database)).values())
    await second.close()


async def test_every_index_of_a_migration_is_there(database: Database) -> None:
    """Also where PostgreSQL would call a constraint as we call an index."""
    await database.migrate()
    migration = import_module("authberry.models.migrations.0005_indexes").Migration
    wanted = {one.name: one.on for one in migration.operations if isinstance(one, CreateIndex)}
    with database.use():
        rows = await database.fetch("SELECT indexname::text, indexdef FROM pg_indexes")
    found = {row["indexname"]: plain(row["indexdef"]) for row in rows}
    assert {name: found[name] for name in wanted} == wanted


def plain(definition: str) -> str:
    """What an index is on, in the words of a migration."""
    on = definition.partition(" ON public.")[2].replace("USING btree ", "")
    return re.sub(r"WHERE \((.*)\)$", r"WHERE \1", on)

"""Migrations: whole or not at all, once, and the tables that the models describe."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, suppress
from hashlib import sha256
from itertools import count
from pathlib import Path

import pytest
from rows import ALL, everything
from statements import Statements
from tortoise.migrations.autodetector import MigrationAutodetector

from authberry import Auth
from authberry.models import Database, DatabaseTooNew, DatabaseUnavailable, migrations
from authberry.models.database.migration_runner import APPS

MakeAuth = Callable[..., Awaitable[Auth]]


@pytest.fixture
async def databases(database_url: str) -> AsyncIterator[list[Database]]:
    """Eight processes that open one empty database."""
    databases = [Database(database_url) for _ in range(8)]
    async with AsyncExitStack() as stack:
        for database in databases:
            stack.push_async_callback(database.close)
            await database.open()
        yield databases


async def tables(database: Database) -> list[str]:
    """What is there, recorded or not."""
    query = (
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        if database.is_sqlite
        else "SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'"
    )
    with database.use():
        _, rows = await database._context.db().execute_query(query)
    return sorted(row["name"] for row in rows if row["name"] != "tortoise_migrations")


RELEASED = {
    "0001_initial": "d421948bf9f7772e41824aab28c7721274d09154c88922e32e7428e4efb06191",
    "0002_changes": "064188d30fe9af6b55205b3b27c375aa9bc53d5df1d5bd08b6f96b0c081b7260",
    "0003_account_life": "4e05e07668e52af9d8fc35dfc14b128289280854e6efec7a4b79477928255cb7",
    "0004_email_keys": "3afc60aa625ee4d55df5e1fe7d90741154d25940438a7b6f62f3b6f506c7d5f4",
    "0005_indexes": "c9ec8188e675e24d5e8b9f3b4a29504457b10611d2cd33c1a24dc355bb01b0ef",
    "0006_factors": "04389e809614c0e64a1ed928dff6cef5b89528a803c84dadc75d88e0fd78a58c",
    "0007_identities": "c42e36a55a9dff1dff48f99668989d3807bc3813d92cb11086f185560b492b62",
    "0008_session_cookies": "13f981519af036781e62435a584f14e700c1e35d5ea000c73a44ecc2020d314e",
}
"""SHA-256 of each migration's file."""
FIRST = ["authberry_refresh_token", "authberry_signing_key", "authberry_user"]
"""The tables after the first and the second migration."""
SECOND = [
    "authberry_event",
    "authberry_one_time_token",
    "authberry_outbox",
    "authberry_refresh_token",
    "authberry_signing_key",
    "authberry_user",
]
"""Those after the third and the fourth."""
FACTORS = [
    "authberry_factor_reset",
    "authberry_passkey",
    "authberry_pending_login",
    "authberry_recovery_code",
    "authberry_spent_challenge",
    "authberry_totp",
    "authberry_trusted_device",
]
IDENTITIES = ["authberry_external_identity", "authberry_external_login"]
THIRD = [*SECOND, "authberry_walk"]
"""Those after the fifth."""
SIXTH = sorted([*THIRD, *FACTORS])
"""Those after the sixth."""
OURS = sorted([*SIXTH, *IDENTITIES])
TABLES_AFTER = [[], FIRST, FIRST, SECOND, SECOND, THIRD, SIXTH, OURS, OURS]
"""By how many migrations were applied."""


async def test_an_empty_database_lacks_all_of_them_and_then_none(
    databases: list[Database],
) -> None:
    """Asking changes nothing; applying says what it did; again it does nothing."""
    database = databases[0]
    assert await database.pending_migrations() == ALL
    assert await tables(database) == []
    assert await database.migrate() == ALL
    assert await tables(database) == OURS
    assert await database.pending_migrations() == []
    assert await database.applied_migrations() == ALL
    assert await database.migrate() == []


async def test_processes_that_migrate_at_once_do_it_once(
    databases: list[Database], caplog: pytest.LogCaptureFixture
) -> None:
    """Whoever comes second finds it done; none of them fails, or leaves a transaction open."""
    results = await asyncio.gather(*(database.migrate() for database in databases))
    assert sorted(name for applied in results for name in applied) == ALL
    assert await tables(databases[0]) == OURS
    for database in databases:
        assert await database.pending_migrations() == []
    assert [one.getMessage() for one in caplog.records if one.levelname == "ERROR"] == []


@pytest.mark.parametrize("answer_is_lost", [False, True])
async def test_a_migration_that_fails_leaves_nothing(
    databases: list[Database], statements: Statements, *, answer_is_lost: bool
) -> None:
    """Whichever statement fails: each migration is there as a whole or not at all."""
    database, number, was_broken = databases[0], 0, True
    while was_broken:
        number += 1
        with statements.broken(number, answer_is_lost=answer_is_lost):
            with suppress(DatabaseUnavailable):
                await database.migrate()
            was_broken = len(statements.seen) >= number
        await assert_whole(database)
        with database.use():
            for table in (*await tables(database), "tortoise_migrations"):
                await database._context.db().execute_query(f'DROP TABLE IF EXISTS "{table}"')
    assert number > 4


@pytest.mark.parametrize("answer_is_lost", [False, True])
async def test_where_a_migration_failed_the_next_try_goes_on(
    databases: list[Database], statements: Statements, *, answer_is_lost: bool
) -> None:
    """With the database away from any statement of any migration on."""
    database = databases[0]
    applied = done = tried = 0
    while applied < len(ALL):
        for number in count(1):
            with statements.broken(number, answer_is_lost=answer_is_lost, stays=True):
                with suppress(DatabaseUnavailable):
                    await database.migrate()
                assert len(statements.seen) >= number
            if (done := await assert_whole(database)) > applied:
                break  # from here on it is a statement of the next one
        applied, tried = done, tried + number
    assert await database.migrate() == []
    assert tried > 2 * len(ALL)


async def assert_whole(database: Database) -> int:
    """Have a look at what there is; returns how many migrations were applied."""
    done = await database.applied_migrations()
    assert done == ALL[: len(done)]
    assert await tables(database) == TABLES_AFTER[len(done)]
    return len(done)


async def test_a_migration_that_cannot_be_applied_leaves_what_was_there(
    databases: list[Database],
) -> None:
    """A table of the same name, of somebody else's, in the way of the last statement."""
    database = databases[0]
    with database.use():
        await database._context.db().execute_script(
            "CREATE TABLE authberry_refresh_token (mine INT)"
        )
    with pytest.raises(DatabaseUnavailable, match="tables of these names that no migration made"):
        await database.migrate()
    assert await tables(database) == ["authberry_refresh_token"]
    assert await database.pending_migrations() == ALL


async def test_the_migrations_make_the_tables_that_the_models_describe(
    databases: list[Database],
) -> None:
    """A field that is added to a model and to no migration is noticed here."""
    with databases[0].use():
        apps = databases[0]._context.apps
        assert apps is not None
        assert await MigrationAutodetector(apps, APPS).changes() == []


def test_a_migration_that_was_released_stays_as_it_is() -> None:
    """Hosts have run it, and PostgreSQL has its descriptions as comments."""
    assert {
        file.stem: sha256(file.read_bytes()).hexdigest()
        for file in Path(migrations.__path__[0]).glob("0*.py")
    } == RELEASED


async def test_a_database_of_a_later_version_is_left_alone(databases: list[Database]) -> None:
    """In development too; what is there goes on being used by the old version in production."""
    database = databases[0]
    await database.migrate()
    with database.use():
        await database._context.db().execute_script(
            "INSERT INTO tortoise_migrations (app, name, applied_at)"
            " VALUES ('authberry', '9999_later', CURRENT_TIMESTAMP)"
        )
    assert await database.unknown_migrations() == ["9999_later"]
    with pytest.raises(DatabaseTooNew, match="9999_later"):
        await database.migrate()
    await database.require_migrations()


async def test_production_does_not_migrate_by_itself(make_auth: MakeAuth) -> None:
    """It says what is lacking and what to do, and changes nothing; then it starts."""
    production = {"env": "production", "public_url": "https://auth.example.com"}
    with pytest.raises(DatabaseUnavailable, match=f"lacks {', '.join(ALL)}: run"):
        await make_auth(**production)
    auth = await make_auth()
    before = await everything(auth)
    await make_auth(**production)
    assert await everything(auth) == before


async def test_a_hosts_own_migrations_are_not_ours(databases: list[Database]) -> None:
    """The record of what was applied may be shared with a host that uses Tortoise."""
    database = databases[0]
    await database.migrate()
    with database.use():
        await database._context.db().execute_script(
            "INSERT INTO tortoise_migrations (app, name, applied_at)"
            " VALUES ('shop', '0001_initial', CURRENT_TIMESTAMP)"
        )
    assert await database.applied_migrations() == ALL
    assert await database.unknown_migrations() == []

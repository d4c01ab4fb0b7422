"""What Tortoise keeps private is as it was read; where it is not, a sentence says what changed."""

import asyncio
import json
import os
from collections.abc import AsyncIterator, Callable
from contextvars import ContextVar
from importlib.metadata import version
from typing import Literal
from uuid import uuid4

import pytest
from frozen_clock import NOON
from pypika_tortoise.dialects import PostgreSQLQueryBuilder, SQLLiteQueryBuilder
from tortoise.connection import ConnectionHandler
from tortoise.context import TortoiseContext, get_current_context
from tortoise.migrations.executor import MigrationExecutor
from tortoise.migrations.schema_editor.base import BaseSchemaEditor
from tortoise.router import router
from tortoise.timezone import _reset_timezone_cache, get_timezone, get_use_tz
from tortoise.transactions import in_transaction

from authberry.models import Database, User
from authberry.models.database.migration_runner import APPS
from authberry.models.database.tortoise_context import CONNECTION
from authberry.models.tortoise_internals import (
    READ_FROM,
    column_types,
    columns,
    current_context,
    driver_of,
    has_begun,
    meta,
    model_from_row,
    pool,
    process_state_kept,
    run_pragma,
    schema_editor,
    use_driver,
    use_lock,
)

COLUMNS = [
    "id", "email", "email_key", "email_verified", "name", "password_hash", "locale", "roles",
    "created_at", "disabled_at", "deletes_at",
]  # fmt: skip


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """An open database, in use."""
    database = Database(database_url)
    await database.open()
    with database.use():
        yield database
    await database.close()


def still(what: str, read: Callable[[], object], expected: object = True) -> None:  # noqa: FBT002 - most say whether
    """Fail with a sentence that says what a version of Tortoise does otherwise.

    Args:
        what: What has changed, if it has.
        read: Reads it as `tortoise_internals` does.
        expected: What that returned in the version that was read.
    """
    try:
        found = read()
    except (AttributeError, KeyError, TypeError) as error:
        found = error
    if found != expected:
        pytest.fail(
            f"tortoise-orm {version('tortoise-orm')} is not as {READ_FROM} was: {what}"
            f" ({found!r}, not {expected!r}). See models/tortoise_internals.py."
        )


def test_the_current_context_is_a_variable() -> None:
    """A rule sets it and puts the former one back."""
    still("the context is no context variable", lambda: isinstance(current_context, ContextVar))
    context = TortoiseContext()
    token = current_context.set(context)
    try:
        still("statements do not go where it points", get_current_context, context)
    finally:
        current_context.reset(token)


async def test_a_context_takes_the_handler_that_it_is_given() -> None:
    """`_connections` is empty at first, is what `connections` returns, and is empty when closed."""
    context = TortoiseContext()
    still("a context has a handler from the beginning", lambda: context._connections, None)
    context._connections = handler = ConnectionHandler()
    still("a context does not use `_connections`", lambda: context.connections, handler)
    await context.close_connections()
    still("closing does not empty `_connections`", lambda: context._connections, None)


def test_the_routers_are_one_list() -> None:
    """It is set for the whole process by whoever initializes Tortoise."""
    router.init_routers([])
    with process_state_kept():
        router.init_routers([str])
        still("the routers are not in `_routers`", lambda: router._routers, [""])
    still("the routers cannot be put back", lambda: router._routers, [])


def test_the_time_zone_is_read_anew_when_it_was_reset(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is in the environment, and kept once it was read."""
    monkeypatch.delenv("USE_TZ", raising=False)
    monkeypatch.delenv("TIMEZONE", raising=False)
    with process_state_kept():
        os.environ.update(USE_TZ="False", TIMEZONE="Asia/Kathmandu")
        _reset_timezone_cache()
        read = (False, "Asia/Kathmandu")
        still("the time zone is elsewhere", lambda: (get_use_tz(), get_timezone()), read)
    still("what was read is kept", lambda: (get_use_tz(), get_timezone()), (True, "UTC"))


@pytest.mark.usefixtures("database")
async def test_a_model_knows_its_columns() -> None:
    """By their names in the database, in the order of the table, with PostgreSQL's types."""
    still("the columns are elsewhere, or in another order", lambda: columns(User), COLUMNS)
    types = {"id": "UUID", "roles": "JSONB", "created_at": "TIMESTAMPTZ"}
    still(
        "the types of columns are elsewhere",
        lambda: {name: column_types(User)[name] for name in types},
        types,
    )


async def test_a_model_knows_for_which_database_it_is_prepared(database: Database) -> None:
    """That is how two kinds of database in one process are told apart."""
    builder = SQLLiteQueryBuilder if database.is_sqlite else PostgreSQLQueryBuilder
    still("a model's query builder is elsewhere", lambda: type(meta(User).basequery), builder)
    still("a model's connection is elsewhere", lambda: meta(User).default_connection, CONNECTION)


async def test_an_instance_is_made_of_columns_as_it_is_by_a_query(database: Database) -> None:
    """It counts as saved: to change it is to update its row."""
    await database.migrate()
    created = await User.create(id=uuid4(), email="ada@example.com", created_at=NOON, roles=["a"])
    row = {**dict(created), "roles": json.dumps(created.roles)}  # type: ignore[call-overload]
    still("columns are read otherwise", lambda: dict(model_from_row(User)(**row)), dict(created))  # type: ignore[call-overload]
    instance = model_from_row(User)(**row)
    still("an instance of columns is not one that was saved", lambda: instance._saved_in_db)
    instance.name = "Ada"
    await instance.save()
    assert (await User.get(id=created.id)).name == "Ada"


async def test_an_executor_has_an_editor_for_the_record_of_migrations(database: Database) -> None:
    """Which writes to the connection that the executor was given."""
    connection = database._context.db()
    editor = schema_editor(MigrationExecutor(connection, APPS))
    still("`_schema_editor` returns no editor", lambda: isinstance(editor, BaseSchemaEditor))
    still("the editor uses another connection", lambda: editor.client, connection)


async def test_the_pool_counts_its_connections(database: Database) -> None:
    """On PostgreSQL; SQLite has none."""
    await database.fetch("SELECT 1")
    found = pool(database._context.db())
    if database.is_sqlite:
        still("SQLite has a pool", lambda: found, None)
    else:
        still("the pool is not in `_pool`", lambda: found.get_size() >= found.get_idle_size() > 0)


@pytest.mark.usefixtures("database")
async def test_a_transaction_that_has_begun_says_so() -> None:
    """By what it needs in order to give back the connection or the lock."""
    transaction = in_transaction(CONNECTION)
    still("`token` is set before a transaction begins", lambda: not has_begun(transaction))
    async with transaction:
        still("`token` is not set when it has begun", lambda: has_begun(transaction))


async def test_the_statements_of_a_transaction_go_to_a_driver(database: Database) -> None:
    """Which is aiosqlite's or asyncpg's; on SQLite it may be another that does as that."""
    async with in_transaction(CONNECTION) as client:
        driver = driver_of(client)
        still("there is no driver in `_connection`", lambda: hasattr(driver, "execute"))
        if database.is_sqlite:
            counted = CountedDriver(driver)
            still("it is not in `_connection`", lambda: use_driver(client, counted), driver)
            await client.execute_query("SELECT 1")
            still(
                "statements go elsewhere",
                lambda: counted.calls,
                ["total_changes", "execute_fetchall", "total_changes"],
            )
            use_driver(client, driver)


class CountedDriver:
    """Names what is asked of a driver, and hands it on."""

    def __init__(self, driver: object) -> None:
        """Nothing was asked yet."""
        self._driver = driver
        self.calls: list[str] = []

    def __getattr__(self, name: str) -> object:
        """Hand it on."""
        self.calls.append(name)
        return getattr(self._driver, name)


class CountedLock(asyncio.Lock):
    """Counts how often it was taken, and looks how long a statement would wait."""

    taken = 0

    async def acquire(self) -> Literal[True]:
        """Take it."""
        self.taken += 1
        return await super().acquire()


async def test_a_connection_to_a_file_takes_the_lock_it_was_given(database: Database) -> None:
    """Once for a statement, once for a transaction; whoever holds it may change a setting."""
    if not database.is_sqlite:
        return
    connection, lock = database._context.db(), CountedLock()
    use_lock(connection, lock)
    await database.fetch("SELECT 1")
    still("a statement does not take `_lock`", lambda: lock.taken, 1)
    async with in_transaction(CONNECTION):
        await database.fetch("SELECT 1")
        still("a transaction does not take `_lock` once", lambda: lock.taken, 2)
    async with lock:
        await run_pragma(connection, "busy_timeout = 7")
    (row,) = await database.fetch("PRAGMA busy_timeout")
    still("`_connection` is not aiosqlite's", lambda: [*row.values()], [7])

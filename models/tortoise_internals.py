"""What this package uses of Tortoise although Tortoise keeps it private, or documents it nowhere.

Read from the version below. No other module of `authberry.models` reaches into Tortoise, and
tests/models/test_tortoise_internals.py says in a sentence what a later version has changed.
"""

import asyncio
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar, cast

from pypika_tortoise.queries import Query
from tortoise.backends.base.client import BaseDBAsyncClient, TransactionContext
from tortoise.connection import ConnectionHandler
from tortoise.context import TortoiseContext
from tortoise.context import _current_context as current_context
from tortoise.migrations.executor import MigrationExecutor
from tortoise.migrations.schema_editor.base import BaseSchemaEditor
from tortoise.models import MetaInfo, Model
from tortoise.router import router
from tortoise.timezone import _reset_timezone_cache

__all__ = [
    "READ_FROM",
    "SingleConnectionContext",
    "column_types",
    "columns",
    "current_context",
    "driver_of",
    "has_begun",
    "meta",
    "model_from_row",
    "order_columns",
    "pool",
    "process_state_kept",
    "run_pragma",
    "schema_editor",
    "use_driver",
    "use_lock",
]

READ_FROM = "1.1.9"
"""The version of tortoise-orm in which each of these was read."""

M = TypeVar("M", bound=Model)

# `current_context` is set and reset here for each rule. `with context:` keeps the token in the
# context itself, so that two tasks which use one context at once would reset each other's.


class SingleConnectionHandler(ConnectionHandler):
    """One connection, by whatever name: a model knows it by the host's."""

    def __init__(self, name: str) -> None:
        """Remember the name that the configuration has for it."""
        super().__init__()
        self._name = name

    def get(self, conn_alias: str) -> BaseDBAsyncClient:  # noqa: ARG002 - see above
        """Return the connection."""
        return super().get(self._name)


class SingleConnectionContext(TortoiseContext):
    """A context in which every model uses one connection.

    It fills `_connections`: a context has no other way to be given a handler.
    """

    def __init__(self, connection_name: str) -> None:
        """Remember the name that the configuration has for the connection."""
        super().__init__()
        self._connection_name = connection_name

    @property
    def connections(self) -> ConnectionHandler:
        """The handler of that connection, made anew after `close_connections`."""
        if self._connections is None:
            self._connections = SingleConnectionHandler(self._connection_name)
        return self._connections


@contextmanager
def process_state_kept() -> Iterator[None]:
    """Put back what `TortoiseContext.init` sets for the whole process: routers and time zone.

    The router's list has no reader, and what was read of the time zone is cached.
    """
    zone = {name: os.environ.get(name) for name in ("USE_TZ", "TIMEZONE")}
    routers = router._routers
    try:
        yield
    finally:
        router._routers = routers
        for name, value in zone.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
        _reset_timezone_cache()


def meta(model: type[Model]) -> MetaInfo:
    """Return what Tortoise knows of a model.

    `basequery` and `default_connection` say for which database a host has prepared the model;
    nothing public does.
    """
    return model._meta


def columns(model: type[Model]) -> list[str]:
    """Return the columns of a table, in its order; complete once a database was opened."""
    return list(model._meta.fields_db_projection.values())


class OrderedMetaInfo(MetaInfo):
    """What Tortoise knows of a model, with columns in the order of the table.

    Tortoise keeps them in a set, whose order is another in each process: so PostgreSQL would count
    one query as many (`pg_stat_statements`). It does no more with it than look through it.
    """

    __slots__ = ()

    def finalise_fields(self) -> None:
        """Order them, whoever prepares the model: a host may do so after us."""
        super().finalise_fields()
        self.db_fields = tuple(self.fields_db_projection.values())  # type: ignore[assignment]


def order_columns(model: type[Model]) -> None:
    """Have queries list the columns of a model, which is prepared, in the order of the table."""
    meta = model._meta
    meta.__class__ = OrderedMetaInfo
    meta.finalise_fields()
    meta.basequery_all_fields = cast("Query", meta.basequery.select(*meta.db_fields))


def column_types(model: type[Model]) -> dict[str, str]:
    """Return the type that each column has on PostgreSQL, as migrations write it."""
    fields = model._meta.fields_map
    return {name: fields[name].get_for_dialect("postgres", "SQL_TYPE") for name in columns(model)}


def model_from_row(model: type[M]) -> Callable[..., M]:
    """Return what makes an instance of columns, as Tortoise's own queries do.

    The public constructor would take the instance for a new one, and convert each value twice.
    """
    return model._init_from_db


def schema_editor(executor: MigrationExecutor) -> BaseSchemaEditor:
    """Return the editor that makes the table of applied migrations, outside of a transaction.

    The executor makes that table only together with migrations that it applies itself.
    """
    return executor._schema_editor(atomic=False)


def pool(connection: BaseDBAsyncClient) -> Any:
    """Return asyncpg's pool, to count its connections; None before the first statement."""
    return getattr(connection, "_pool", None)


def has_begun(transaction: TransactionContext) -> bool:
    """Whether entering a transaction came so far that leaving it gives back what it holds.

    Tortoise sets `token` after it has taken the connection or, on SQLite, the lock.
    """
    return hasattr(transaction, "token")


def driver_of(client: BaseDBAsyncClient) -> Any:
    """Return what the statements of a transaction go to: the driver's connection, or ours."""
    return client._connection


def use_driver(client: BaseDBAsyncClient, driver: Any) -> Any:
    """Have the statements of a transaction on SQLite go to `driver`; returns where they went."""
    former, client._connection = client._connection, driver
    return former


def use_lock(connection: BaseDBAsyncClient, lock: asyncio.Lock) -> None:
    """Have each statement and each transaction on an SQLite connection wait for this lock.

    Tortoise makes one of its own, and takes it for each; in it `run_pragma` may be called.
    """
    connection._lock = lock  # type: ignore[attr-defined]


async def run_pragma(connection: BaseDBAsyncClient, pragma: str) -> None:
    """Change a setting of an open SQLite connection, for whoever holds its lock."""
    await connection._connection.execute_fetchall(f"PRAGMA {pragma}")

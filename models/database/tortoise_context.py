"""Tortoise's state for our database, beside that of a host which runs Tortoise itself.

Tortoise keeps some of its state per class or per process: which connection a model goes to, the
routers, the time zone, and the SQL it writes. The first three may be as the host has them, whoever
comes first: here every name is our one connection, and opening puts back what it found. The last
cannot be shared by two kinds of database, so that is refused.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pypika_tortoise.dialects import PostgreSQLQueryBuilder, SQLLiteQueryBuilder
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.connection import ConnectionHandler
from tortoise.context import TortoiseContext
from tortoise.router import router
from tortoise.timezone import _reset_timezone_cache

from authberry.models.user import User

CONNECTION = "authberry"
LABEL = "authberry"

_OURS = {None, CONNECTION}
"""The connection of our models until a host has them in its configuration."""


class OtherDialect(Exception):
    """This process has Tortoise write our tables' SQL for another kind of database."""


def tortoise_apps(connection: str = "default") -> dict[str, dict[str, Any]]:
    """Return our part of a host's Tortoise configuration: `"apps": {..., **tortoise_apps()}`.

    The host's `tortoise` commands then apply our migrations with its own, and its models can have
    relations to ours. It must be the database that `AUTHBERRY_DATABASE_URL` names.

    Args:
        connection: What the host calls its connection to that database.
    """
    return {
        LABEL: {
            "models": ["authberry.models"],
            "default_connection": connection,
            "migrations": "authberry.models.migrations",
        }
    }


class OneConnection(ConnectionHandler):
    """One connection, by whatever name: a model knows it by the host's."""

    def get(self, conn_alias: str) -> BaseDBAsyncClient:  # noqa: ARG002 - see above
        """Return it."""
        return super().get(CONNECTION)


class Context(TortoiseContext):
    """Our models on one connection, which no host knows of."""

    def __init__(self, connection: dict[str, Any]) -> None:
        """Remember how to connect, as Tortoise's configuration says it."""
        super().__init__()
        self._connection = connection
        is_sqlite = connection["engine"].endswith("sqlite")
        self._writer: type = SQLLiteQueryBuilder if is_sqlite else PostgreSQLQueryBuilder

    @property
    def connections(self) -> ConnectionHandler:
        """The one connection."""
        if self._connections is None:
            self._connections = OneConnection()
        return self._connections

    async def start(self) -> None:
        """Prepare the models and the connection, and leave what is the host's as it is.

        Raises:
            OtherDialect: the models are prepared for another kind of database.
        """
        self.refuse_other_dialect()
        name = User._meta.default_connection  # noqa: SLF001 - Tortoise's documented name
        with _process_as_it_was():  # which nobody sees otherwise: Tortoise suspends nowhere here
            await self.init(
                config={
                    "connections": {CONNECTION: self._connection},
                    "apps": tortoise_apps(CONNECTION),
                }
            )
        if name and self.apps:
            for model in self.apps[LABEL].values():
                model._meta.default_connection = name  # noqa: SLF001 - likewise

    def refuse_other_dialect(self) -> None:
        """Refuse a host that has since prepared our models for another kind of database.

        Raises:
            OtherDialect: so it is; the message says what to do.
        """
        meta = User._meta  # noqa: SLF001 - Tortoise's documented name
        writer = type(meta.basequery)
        if writer is not self._writer and meta.default_connection not in _OURS:
            raise OtherDialect(
                "this process uses Authberry's tables by another driver too"
                f" ({writer.__name__}, not {self._writer.__name__}), and Tortoise keeps one SQL"
                " for each: in the host's Tortoise configuration give `authberry` a connection to"
                " the same database, sqlite:// or asyncpg://, or leave it out"
            )


@contextmanager
def _process_as_it_was() -> Iterator[None]:
    """Put back what Tortoise sets for the whole process."""
    zone = {name: os.environ.get(name) for name in ("USE_TZ", "TIMEZONE")}
    routers = router._routers  # noqa: SLF001 - it has no other way
    try:
        yield
    finally:
        router._routers = routers  # noqa: SLF001 - likewise
        for name, value in zone.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
        _reset_timezone_cache()

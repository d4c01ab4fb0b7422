"""Tortoise's state for our database, beside that of a host which runs Tortoise itself.

Tortoise keeps some of its state per class or per process: which connection a model goes to, the
routers, the time zone, and the SQL it writes. The first three may be as the host has them, whoever
comes first: here every name is our one connection, and opening puts back what it found. The last
cannot be shared by two kinds of database, so that is refused.
"""

from contextvars import ContextVar
from typing import Any

from pypika_tortoise.dialects import PostgreSQLQueryBuilder, SQLLiteQueryBuilder

from authberry.models.database.errors import OtherDialect
from authberry.models.tortoise_internals import (
    SingleConnectionContext,
    meta,
    order_columns,
    process_state_kept,
)
from authberry.models.user import User

CONNECTION = "authberry"
LABEL = "authberry"

_OUR_CONNECTION = {None, CONNECTION}
"""The connection of our models until a host has them in its configuration."""


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


class Context(SingleConnectionContext):
    """Our models on one connection, which no host knows of."""

    def __init__(self, connection: dict[str, Any]) -> None:
        """Remember how to connect, as Tortoise's configuration says it."""
        super().__init__(CONNECTION)
        self._connection = connection
        is_sqlite = connection["engine"].endswith("sqlite")
        self._query_builder: type = SQLLiteQueryBuilder if is_sqlite else PostgreSQLQueryBuilder
        self._user_meta = meta(User)
        self.driver: ContextVar[Any] = ContextVar(f"authberry_driver_{id(self)}", default=None)
        """What the statements of a task's transaction go to; None where it is in none."""

    async def start(self) -> None:
        """Prepare the models and the connection, and leave what is the host's as it is.

        Raises:
            OtherDialect: the models are prepared for another kind of database.
        """
        self.refuse_other_dialect()
        name = self._user_meta.default_connection
        with process_state_kept():  # which nobody sees otherwise: Tortoise suspends nowhere here
            await self.init(
                config={
                    "connections": {CONNECTION: self._connection},
                    "apps": tortoise_apps(CONNECTION),
                }
            )
        for model in (self.apps[LABEL] if self.apps else {}).values():
            order_columns(model)
            if name:
                meta(model).default_connection = name

    def refuse_other_dialect(self) -> None:
        """Refuse a host that has since prepared our models for another kind of database.

        Raises:
            OtherDialect: so it is; the message says what to do.
        """
        prepared = self._user_meta
        query_builder = type(prepared.basequery)
        if (
            query_builder is not self._query_builder
            and prepared.default_connection not in _OUR_CONNECTION
        ):
            raise OtherDialect(
                "this process uses Authberry's tables by another driver too"
                f" ({query_builder.__name__}, not {self._query_builder.__name__}), and Tortoise"
                " keeps one SQL for each: in the host's Tortoise configuration give `authberry` a"
                " connection to the same database, sqlite:// or asyncpg://, or leave it out"
            )

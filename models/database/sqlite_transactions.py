"""Short transactions on an SQLite file: on the event loop's own thread, where they need not wait.

Each statement that is handed to a thread and back costs ten times what SQLite does for it. See
docs/decisions/0007.
"""

import asyncio
from typing import cast

from tortoise.backends.base.client import BaseDBAsyncClient, TransactionContext
from tortoise.backends.sqlite.client import (
    SqliteClient,
    SqliteTransactionContext,
    SqliteTransactionWrapper,
)

from authberry.models.database.loop_connection import LoopConnection
from authberry.models.database.sqlite_connections import WouldBlock, WriteConnection
from authberry.models.tortoise_internals import use_driver


def short_transaction(
    client: BaseDBAsyncClient, writer: WriteConnection, lock: asyncio.Lock
) -> TransactionContext:
    """Return a transaction that begins on `writer` or, where that would have to wait, as ever.

    Args:
        client: Tortoise's connection to the same file.
        writer: The connection on the thread of the event loop.
        lock: The line in which all statements on `client` wait. It is held for as long, wherever
            the transaction is: so who comes next waits for its end, and not for the file.
    """
    connection = _Transaction(cast("SqliteClient", client), LoopConnection(writer))
    return SqliteTransactionContext(connection, lock)


class _Transaction(SqliteTransactionWrapper):
    """A transaction of Tortoise's, whose statements go to one of two connections."""

    def __init__(self, client: SqliteClient, on_loop: LoopConnection) -> None:
        super().__init__(client)
        self._on_loop = on_loop

    async def begin(self) -> None:
        on_thread = use_driver(self, self._on_loop)
        try:
            self._on_loop.begin()
        except WouldBlock:
            use_driver(self, on_thread)
            await super().begin()

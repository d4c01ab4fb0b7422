"""Transactions that give back what they hold, also when they fail to begin or to commit."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from contextvars import ContextVar
from typing import Any

from tortoise.backends.base.client import BaseDBAsyncClient, TransactionContext
from tortoise.transactions import in_transaction

from authberry.models.database.tortoise_context import CONNECTION
from authberry.models.tortoise_internals import driver_of, has_begun

_OF_MIGRATIONS: ContextVar[Any] = ContextVar("authberry_driver_of_migrations")
"""Which nobody asks for: a migration is given its connection."""


@asynccontextmanager
async def transaction(
    held: TransactionContext | None = None, driver: ContextVar[Any] = _OF_MIGRATIONS
) -> AsyncIterator[BaseDBAsyncClient]:
    """All statements within, or none, on the connection that is yielded.

    Args:
        held: What begins and ends it; unless given, as Tortoise does.
        driver: Is told what its statements go to, while it lasts.
    """
    held = held or in_transaction(CONNECTION)
    try:
        connection = await held.__aenter__()
        token = driver.set(driver_of(connection))
        try:
            yield connection
        finally:
            driver.reset(token)
        # Inside, so that a commit that fails is rolled back. Tortoise would leave it open.
        await connection.commit()
    except BaseException:
        # Of a beginning that fails, Tortoise would keep what it holds already: the pooled
        # connection or, on SQLite, the lock that every other statement waits for. And it takes back
        # nothing where that is told by an error of its own, though only the answer may be lost.
        if has_begun(held):
            with suppress(Exception):
                await held.__aexit__(BaseException, None, None)
        raise
    await held.__aexit__(None, None, None)

"""Transactions that give back what they hold, also when they fail to begin or to commit."""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.transactions import in_transaction

from authberry.models.database.tortoise_context import CONNECTION
from authberry.models.tortoise_internals import has_begun


@asynccontextmanager
async def transaction() -> AsyncIterator[BaseDBAsyncClient]:
    """All statements within, or none, on the connection that is yielded."""
    held = in_transaction(CONNECTION)
    try:
        connection = await held.__aenter__()
        yield connection
        # Inside, so that a commit that fails is rolled back. Tortoise would leave it open.
        await connection.commit()
    except BaseException:
        # Of a beginning that fails, Tortoise would keep what it holds already: the pooled
        # connection or, on SQLite, the lock that every other statement waits for.
        if has_begun(held):
            with suppress(Exception):
                await held.__aexit__(*sys.exc_info())
        raise
    await held.__aexit__(None, None, None)

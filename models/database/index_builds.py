"""Indexes of large PostgreSQL tables, built while others write, before the migration adds them.

`CREATE INDEX` lets nobody write to the table until it is done, `CREATE INDEX CONCURRENTLY` does.
But that cannot be done within a transaction, and leaves an index that is not valid where it is cut
short. So it is done first, each index by itself, and the migration then finds them there.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from importlib import import_module
from typing import Any

import asyncpg
from tortoise.backends.base.client import BaseDBAsyncClient

from authberry.models import migrations
from authberry.models.database.migration_locks import LockWait
from authberry.models.index_creation import CreateIndex

LARGE = 2**20
"""Bytes of a table whose index takes long enough for anybody to notice."""

_SIZE = "SELECT pg_relation_size(to_regclass($1))"
_IS_VALID = "SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass($1)"
# Tried again and again: whoever waited within a statement would be waited for by the build.
_TRY_LOCK = "SELECT pg_try_advisory_lock(hashtext('authberry_index_builds'))"
_SET = "SELECT set_config('lock_timeout', $1, false), set_config('statement_timeout', '0', false)"
_RESET = "RESET lock_timeout; RESET statement_timeout"
_UNLOCK = "SELECT pg_advisory_unlock(hashtext('authberry_index_builds'))"


async def build_indexes(pool: BaseDBAsyncClient, migration: str, wait: LockWait) -> None:
    """Build what a migration will add to large tables; what was left half done is done anew.

    Args:
        pool: Of PostgreSQL connections, in no transaction.
        migration: Its name.
        wait: The tries of that migration.

    Raises:
        PostgresError: a lock was not to be had, or a statement failed. What is built stays.
    """
    indexes = _indexes(migration)
    if not indexes:
        return
    async with pool.acquire_connection() as connection:
        needed = [index for index in indexes if await _is_needed(connection, index)]
        if needed:
            async with wait.watched(pool, connection.get_server_pid()), _alone(connection, wait):
                for index in needed:
                    await _build(connection, index)


def _indexes(migration: str) -> list[CreateIndex]:
    operations = import_module(f"{migrations.__name__}.{migration}").Migration.operations
    return [one for one in operations if isinstance(one, CreateIndex)]


async def _is_needed(connection: Any, index: CreateIndex) -> bool:
    """Whether the table is large, or a build was cut short."""
    is_valid = await connection.fetchval(_IS_VALID, index.name)
    if is_valid is None:
        return bool(await connection.fetchval(_SIZE, index.table) >= LARGE)
    return not is_valid


async def _build(connection: Any, index: CreateIndex) -> None:
    is_valid = await connection.fetchval(_IS_VALID, index.name)
    if is_valid:  # another process was faster
        return
    if is_valid is False:
        await connection.execute(index.dropped)
    await connection.execute(index.concurrently)


@asynccontextmanager
async def _alone(connection: Any, wait: LockWait) -> AsyncIterator[None]:
    """Let no other process build meanwhile, and wait for locks as long as the patience lasts."""
    while not await connection.fetchval(_TRY_LOCK):
        await wait.pause(asyncpg.LockNotAvailableError("another process builds indexes"))
    milliseconds = wait.patience // timedelta(milliseconds=1)
    try:
        # Nobody queues behind what a build waits for, so that it need not give up soon.
        await connection.execute(_SET, str(max(1, milliseconds)))
        yield
    finally:
        if not connection.is_closed():
            await connection.execute(_RESET)
            await connection.execute(_UNLOCK)

"""Connections to PostgreSQL, opened alike for the pool and for whoever keeps one beside it.

A pooler that gives each transaction another of its connections, as PgBouncer does, knows nothing
of statements that were prepared on the one before. So each new connection is asked whether a pooler
is between, and prepares nothing by a name if so.
"""

import asyncpg

from authberry.models.database.postgres_url import PostgresUrl

_TRY_NEXT = (OSError, asyncpg.CannotConnectNowError, asyncpg.TargetServerAttributeNotMatched)
"""Why libpq tries the next host; a password that is refused is refused."""


class PostgresConnector:
    """Opens connections to one database."""

    def __init__(self, url: PostgresUrl) -> None:
        """Remember where to."""
        self._url = url
        self._arguments = url.arguments()
        self._is_pooled = url.has_no_statement_cache

    async def open(self, *_dsn: None, **options: object) -> asyncpg.Connection:
        """Open a connection; what asyncpg's pool and Tortoise say of the place is not looked at."""
        options |= self._arguments
        if self._is_pooled:
            return await self._open_without_cache(options)
        connection = await self._open_at_first(options)
        try:
            if not await self._has_pooler(connection):
                return connection
        except BaseException:
            connection.terminate()
            raise
        self._is_pooled = True
        await connection.close()
        return await self._open_without_cache(options)

    async def _open_without_cache(self, options: dict[str, object]) -> asyncpg.Connection:
        return await self._open_at_first({**options, "statement_cache_size": 0})

    async def _open_at_first(self, options: dict[str, object]) -> asyncpg.Connection:
        """Open a connection to the first host that takes one."""
        *others, last = self._url.hosts
        for host, port in others:
            try:
                return await asyncpg.connect(**{**options, "host": host, "port": port})
            except _TRY_NEXT:
                continue
        host, port = last
        return await asyncpg.connect(**{**options, "host": host, "port": port})

    async def _has_pooler(self, connection: asyncpg.Connection) -> bool:
        """Whether another process answers than the one that a cancellation would be sent to.

        A pooler has to name one of its own for that. The question is a simple query, for which
        nothing is prepared, and its tag has the number of rows.
        """
        pid = int(connection.get_server_pid())
        question = f"SELECT WHERE pg_backend_pid() = {pid}"
        tag: str = await connection.execute(question, timeout=self._url.connect_timeout)
        return tag != "SELECT 1"

"""The URL of a database, as the configuration of a Tortoise connection."""

import re
from typing import Any

import asyncpg

from authberry.models.database.postgres_connections import PostgresConnector
from authberry.models.database.postgres_url import PostgresUrl, read_postgres_url
from authberry.models.database.sqlite_url import split_sqlite_url
from authberry.models.server_url import NoServerUrl

STATEMENT_TIMEOUT = 5  # seconds, for one statement
LOCK_TIMEOUT = 2  # seconds, on SQLite, to wait for another process that writes

_DRIVER = re.compile(r"^(postgres|postgresql)\+(asyncpg|psycopg2?|pg8000)://")
_MUST_BE = (
    "must be sqlite://path or postgresql://user:password@host:port/name,"
    " the password percent-encoded"
)


def check_database_url(url: str) -> str:
    """Return the URL, if a database can be opened by it.

    Raises:
        ValueError: it cannot; the message is for whoever set it, and has no value.
    """
    _read(url)
    return url


def connection_config(
    url: str, pool_size: int, *, limits_statements: bool = True
) -> dict[str, Any]:
    """Return the configuration of a connection, with the timeouts and options that we need.

    Args:
        url: `sqlite://path`, `postgres://...` or `postgresql://...`.
        pool_size: How many PostgreSQL connections at most.
        limits_statements: Give up on a PostgreSQL statement after some seconds.

    Raises:
        ValueError: no database can be opened by it; the message has no value.
    """
    read = _read(url)
    if isinstance(read, PostgresUrl):
        timeout = STATEMENT_TIMEOUT if limits_statements else None
        return {
            "engine": "tortoise.backends.asyncpg",
            "credentials": {**_postgres_options(pool_size, timeout), **_session(read)},
        }
    path, pragmas = read
    return {
        "engine": "tortoise.backends.sqlite",
        "credentials": {"file_path": path, **_sqlite_options(), **pragmas},
    }


async def open_connection(config: dict[str, Any]) -> asyncpg.Connection:
    """Open a PostgreSQL connection as the pool opens its own, and beside it."""
    credentials = config["credentials"]
    connection: asyncpg.Connection = await credentials["connect"](
        command_timeout=credentials["command_timeout"]
    )
    return connection


def server_of(url: str) -> str:
    """Name the PostgreSQL server of a URL."""
    return postgres_url_of(url).place


def postgres_url_of(url: str) -> PostgresUrl:
    """Read the URL of a PostgreSQL database; raises `ValueError` for any other."""
    read = _read(url)
    if not isinstance(read, PostgresUrl):
        raise ValueError(_MUST_BE)  # noqa: TRY004 - as of all that a URL may not be
    return read


def _read(url: str) -> PostgresUrl | tuple[str, dict[str, str]]:
    scheme, _, _ = url.partition("://")
    if scheme == "sqlite":
        return split_sqlite_url(url)
    if scheme.startswith("sqlite"):
        raise ValueError(
            "must begin with sqlite:// and no driver: two slashes before a path from the folder of"
            " the process, and three before a whole path"
        )
    url = _DRIVER.sub(r"\1://", url)
    if not url.startswith(("postgres://", "postgresql://")):
        raise ValueError(_MUST_BE)
    try:
        return read_postgres_url(url)
    except NoServerUrl:
        raise ValueError(_MUST_BE) from None


def _session(url: PostgresUrl) -> dict[str, Any]:
    return {"database": url.database, "connect": PostgresConnector(url).open}


def _sqlite_options() -> dict[str, Any]:
    return {
        "busy_timeout": LOCK_TIMEOUT * 1000,
        "journal_mode": "WAL",
        "journal_size_limit": 16384,
        # With a write-ahead log this survives a killed process; only a power cut may lose the
        # last commits, and a client then logs in again.
        "synchronous": "NORMAL",
        "secure_delete": "ON",
    }


def _postgres_options(pool_size: int, statement_timeout: float | None) -> dict[str, Any]:
    return {
        # asyncpg would restore a least number of connections by itself: in a task that belongs to
        # the request whose connection was lost, with a traceback for each try while the server is
        # away. What looks for due mails keeps one connection in use.
        "minsize": 0,
        "maxsize": pool_size,
        "command_timeout": statement_timeout,
        "reset": _no_reset,
    }


async def _no_reset(_connection: object) -> None:
    """Give a connection back to the pool with its settings, which no statement of ours changes.

    asyncpg would ask the server to reset them, which costs as much as the statement itself. A
    transaction left open is rolled back all the same.
    """

"""The URL of a database, as the configuration of a Tortoise connection."""

from typing import Any
from urllib.parse import urlsplit

from tortoise.backends.base.config_generator import expand_db_url

CONNECT_TIMEOUT = 3  # seconds, to reach PostgreSQL
STATEMENT_TIMEOUT = 5  # seconds, for one statement; on SQLite, to wait for another writer

_POOL_OPTIONS = {"minsize", "maxsize", "reset"}


def connection_config(url: str, pool_size: int) -> dict[str, Any]:
    """Return the configuration of a connection, with the timeouts and options that we need.

    Args:
        url: `sqlite://path`, `postgres://...` or `postgresql://...`.
        pool_size: How many PostgreSQL connections at most.
    """
    config = expand_db_url(url.replace("postgresql://", "postgres://", 1))
    is_sqlite = config["engine"].endswith("sqlite")
    options = _sqlite_options() if is_sqlite else _postgres_options(pool_size)
    credentials = {**options, **config["credentials"]}
    if "sslmode" in credentials:
        # libpq's name, which every hosting provider writes; asyncpg's is another.
        credentials["ssl"] = credentials.pop("sslmode")
    return {**config, "credentials": credentials}


def server_of(url: str) -> str:
    """Name the PostgreSQL server of a URL, unless what looks like it may be part of a password.

    In `postgresql://ada:5/word@host` the password has a sign that is not encoded, and `ada` is the
    host.
    """
    parts = urlsplit(url)
    if "@" in parts.path + parts.query + parts.fragment or not parts.hostname:
        return "a PostgreSQL server"
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"PostgreSQL at {host}:{parts.port or 5432}"


def without_statement_timeout(config: dict[str, Any]) -> dict[str, Any]:
    """Return a configuration of PostgreSQL in which a statement may take as long as it takes."""
    return {**config, "credentials": {**config["credentials"], "command_timeout": None}}


def single_connection_options(config: dict[str, Any]) -> dict[str, Any]:
    """Return what `asyncpg.connect` takes of a configuration: all but what is about the pool."""
    credentials: dict[str, Any] = config["credentials"]
    return {key: value for key, value in credentials.items() if key not in _POOL_OPTIONS}


def _sqlite_options() -> dict[str, Any]:
    return {
        "busy_timeout": STATEMENT_TIMEOUT * 1000,
        # With a write-ahead log this survives a killed process; only a power cut may lose the
        # last commits, and a client then logs in again.
        "synchronous": "NORMAL",
        "secure_delete": "ON",
    }


def _postgres_options(pool_size: int) -> dict[str, Any]:
    return {
        # asyncpg would restore a least number of connections by itself: in a task that belongs to
        # the request whose connection was lost, with a traceback for each try while the server is
        # away. What looks for due mails keeps one connection in use.
        "minsize": 0,
        "maxsize": pool_size,
        "timeout": CONNECT_TIMEOUT,
        "command_timeout": STATEMENT_TIMEOUT,
        "reset": _no_reset,
    }


async def _no_reset(_connection: object) -> None:
    """Give a connection back to the pool with its settings, which no statement of ours changes.

    asyncpg would ask the server to reset them, which costs as much as the statement itself. A
    transaction left open is rolled back all the same.
    """

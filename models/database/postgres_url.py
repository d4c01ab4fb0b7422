"""The URL of a PostgreSQL database, in libpq's names: read once, for every connection alike.

PostgreSQL 18, sections 34.1.1 (connection strings) and 34.1.2 (parameter key words).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from authberry.models.database.postgres_tls import TLS_OPTIONS, Tls, read_tls
from authberry.models.server_url import (
    HostAndPort,
    ServerUrl,
    refuse_other_options,
    split_hosts,
    split_port,
    split_server_url,
)

DEFAULT_PORT = 5432
CONNECT_TIMEOUT = 3  # seconds, to reach one PostgreSQL server

_SESSION = ("application_name", "options", "search_path")
"""What the server is told when a session begins; of these, `search_path` is not libpq's."""
_PLACE = ("dbname", "host", "passfile", "password", "port", "user")
_WRITABLE = ("any", "primary", "read-write")
KNOWN = (
    *_PLACE,
    *_SESSION,
    *TLS_OPTIONS,
    "channel_binding",
    "connect_timeout",
    "statement_cache_size",
    "target_session_attrs",
)
_POOL_SIZE = "set AUTHBERRY_DATABASE_POOL_SIZE instead"
_LIMITED = "leave it out, a statement is given five seconds"
_SPELLINGS: Mapping[str, str] = {
    "command_timeout": _LIMITED,
    "connection_limit": _POOL_SIZE,
    "currentschema": "write search_path",
    "database": "write dbname",
    "max_connections": _POOL_SIZE,
    "max_size": _POOL_SIZE,
    "maxsize": _POOL_SIZE,
    "min_size": _POOL_SIZE,
    "minsize": _POOL_SIZE,
    "pgbouncer": "leave it out, a pooler is noticed",
    "pool_size": _POOL_SIZE,
    "schema": "write search_path",
    "server_settings": "write options=-c%20name%3Dvalue",
    "ssl": "write sslmode",
    "statement_timeout": _LIMITED,
    "timeout": "write connect_timeout",
}


@dataclass(frozen=True, slots=True)
class PostgresUrl:
    """Where a database is, and how a session with it begins."""

    hosts: tuple[tuple[str | None, int | None], ...]
    """To be tried in this order; None is as the machine's own environment has it (`PGHOST`)."""
    database: str | None
    user: str | None
    password: str | None = field(repr=False)
    passfile: str | None
    tls: Tls
    session: Mapping[str, str]
    connect_timeout: float | None
    """Seconds, for each host."""
    target_session_attrs: str | None
    has_no_statement_cache: bool

    @property
    def place(self) -> str:
        """The hosts, for whoever runs the service."""
        named = [_shown(host, port) for host, port in self.hosts if host]
        return f"PostgreSQL at {', '.join(named)}" if named else "a PostgreSQL server"

    def arguments(self) -> dict[str, Any]:
        """What `asyncpg.connect` takes, but for the host and the port."""
        return {
            "database": self.database,
            "user": self.user,
            "password": self.password,
            "passfile": self.passfile,
            "server_settings": dict(self.session),
            "timeout": self.connect_timeout,
            "target_session_attrs": self.target_session_attrs,
            **self.tls.arguments(),
        }


def read_postgres_url(url: str) -> PostgresUrl:
    """Read `postgresql://user:password@host:port/name?options`.

    Raises:
        NoServerUrl: it is none, or a sign in it is not percent-encoded.
        ValueError: something in it cannot be done; the message is for whoever set it, and has the
            name of an option, but no value.
    """
    parts = split_server_url(url)
    options = dict(parts.options)
    refuse_other_options(options, KNOWN, _SPELLINGS)
    _refuse_channel_binding(options.get("channel_binding"))
    return PostgresUrl(
        hosts=_hosts(parts),
        database=options.get("dbname") or parts.path or None,
        user=options.get("user") or parts.user,
        password=options.get("password") or parts.password,
        passfile=options.get("passfile") or None,
        tls=read_tls(options),
        session={name: options[name] for name in _SESSION if name in options},
        connect_timeout=_timeout(options.get("connect_timeout")),
        target_session_attrs=_one_of(
            options, "target_session_attrs", _WRITABLE, "this service writes"
        ),
        has_no_statement_cache=bool(_one_of(options, "statement_cache_size", ("0",))),
    )


def _hosts(parts: ServerUrl) -> tuple[tuple[str | None, int | None], ...]:
    named: tuple[HostAndPort, ...] = parts.hosts
    if not named and (listed := parts.options.get("host")):
        named = tuple((one, None) for one in listed.split(","))
        if not all(_is_socket(host) or split_hosts(host) == ((host, None),) for host, _ in named):
            raise ValueError("has the option host, which names no host: correct it")
    ports = [split_port(one) for one in parts.options.get("port", "").split(",") if one]
    if len(ports) not in {0, 1, max(1, len(named))}:
        raise ValueError("must have one port for all hosts, or one for each")
    if not named:
        return ((None, ports[0] if ports else None),)
    each: list[int | None] = [*ports] or [None]
    each = each * len(named) if len(each) == 1 else each
    return tuple((host, port or other) for (host, port), other in zip(named, each, strict=True))


def _refuse_channel_binding(value: str | None) -> None:
    """Asyncpg has no SCRAM-SHA-256-PLUS, so that to ask for it would be to believe in it."""
    if value not in {None, "disable", "prefer"}:
        raise ValueError(
            "has the option channel_binding, which cannot be done here: write"
            " sslmode=verify-full with sslrootcert, which proves who the server is, and leave"
            " channel_binding out"
        )


def _timeout(text: str | None) -> float | None:
    """Read seconds; as in libpq, zero is for ever."""
    if text is None:
        return CONNECT_TIMEOUT
    if not text.isascii() or not text.isdigit() or len(text) > 6:  # noqa: PLR2004 - eleven days
        raise ValueError("has the option connect_timeout, which must be whole seconds")
    return float(text) or None


def _one_of(
    options: Mapping[str, str], name: str, values: tuple[str, ...], why: str = ""
) -> str | None:
    value = options.get(name)
    if value is not None and value not in values:
        reason = f", since {why}" if why else ""
        raise ValueError(f"has the option {name}, which can only be {' or '.join(values)}{reason}")
    return value


def _is_socket(host: str) -> bool:
    return host.startswith("/")


def _shown(host: str, port: int | None) -> str:
    if _is_socket(host):
        return host
    return f"{f'[{host}]' if ':' in host else host}:{port or DEFAULT_PORT}"

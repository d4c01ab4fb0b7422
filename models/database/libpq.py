"""The URL of a PostgreSQL server, for the programs of PostgreSQL."""

from urllib.parse import parse_qsl, unquote, urlsplit

_NAMES = {
    "channel_binding": "PGCHANNELBINDING",
    "connect_timeout": "PGCONNECT_TIMEOUT",
    "host": "PGHOST",
    "options": "PGOPTIONS",
    "passfile": "PGPASSFILE",
    "password": "PGPASSWORD",
    "port": "PGPORT",
    "ssl": "PGSSLMODE",
    "sslcert": "PGSSLCERT",
    "sslkey": "PGSSLKEY",
    "sslmode": "PGSSLMODE",
    "sslrootcert": "PGSSLROOTCERT",
    "user": "PGUSER",
}
"""Options of a URL, and the variables that say the same."""


def libpq_environment(url: str) -> dict[str, str]:
    """Return the variables by which PostgreSQL's programs find what a URL names.

    The password is among them: an argument would show it to everybody on the machine.
    """
    parts = urlsplit(url)
    found = {
        "PGHOST": unquote(parts.hostname or ""),
        "PGPORT": str(parts.port or ""),
        "PGUSER": unquote(parts.username or ""),
        "PGPASSWORD": unquote(parts.password or ""),
        "PGDATABASE": unquote(parts.path.removeprefix("/")),
    }
    found |= {_NAMES[name]: value for name, value in parse_qsl(parts.query) if name in _NAMES}
    return {name: value for name, value in found.items() if value}

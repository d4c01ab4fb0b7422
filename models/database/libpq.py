"""The URL of a PostgreSQL server, for the programs of PostgreSQL."""

from authberry.models.database.connection_url import postgres_url_of

_TLS = {
    "sslcert": "PGSSLCERT",
    "sslcrl": "PGSSLCRL",
    "sslkey": "PGSSLKEY",
    "sslmode": "PGSSLMODE",
    "sslnegotiation": "PGSSLNEGOTIATION",
    "sslrootcert": "PGSSLROOTCERT",
    "ssl_max_protocol_version": "PGSSLMAXPROTOCOLVERSION",
    "ssl_min_protocol_version": "PGSSLMINPROTOCOLVERSION",
}
"""Options of a URL, and the variables that say the same."""


def libpq_environment(url: str) -> dict[str, str]:
    """Return the variables by which PostgreSQL's programs find what a URL names.

    The password is among them: an argument would show it to everybody on the machine.

    Raises:
        ValueError: it names no PostgreSQL server; the message has no value.
    """
    read = postgres_url_of(url)
    ports = [str(port or "") for _, port in read.hosts]
    found = {
        "PGHOST": ",".join(host or "" for host, _ in read.hosts),
        "PGPORT": ",".join(ports) if any(ports) else "",
        "PGUSER": read.user,
        "PGPASSWORD": read.password,
        "PGPASSFILE": read.passfile,
        "PGDATABASE": read.database,
        "PGCONNECT_TIMEOUT": f"{read.connect_timeout or 0:.0f}",
        "PGOPTIONS": read.session.get("options"),
        "PGTARGETSESSIONATTRS": read.target_session_attrs,
        **{_TLS[name]: value for name, value in read.tls.options.items() if name in _TLS},
    }
    return {name: value for name, value in found.items() if value}

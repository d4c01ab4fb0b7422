"""What the URL of a database may look like, and what is said of one that will not do."""

import pytest

from authberry.models.database.connection_url import (
    check_database_url,
    connection_config,
    server_of,
)
from authberry.models.database.libpq import libpq_environment

PASSWORD = "topsecret"

UNDERSTOOD = {
    f"postgresql://ada:{PASSWORD}@db/x": "PostgreSQL at db:5432",
    "postgres://db:6432/x": "PostgreSQL at db:6432",
    "postgresql+asyncpg://db/x": "PostgreSQL at db:5432",
    "postgresql+psycopg://db/x": "PostgreSQL at db:5432",
    "postgresql://[::1]:5433/x": "PostgreSQL at [::1]:5433",
    "postgresql://one:5433,two/x?target_session_attrs=read-write": (
        "PostgreSQL at one:5433, two:5432"
    ),
    "postgresql:///x?host=one,two&port=5433,5434": "PostgreSQL at one:5433, two:5434",
    "postgresql:///x?host=one,two&port=5433": "PostgreSQL at one:5433, two:5433",
    "postgresql:///x?host=/run/postgresql": "PostgreSQL at /run/postgresql",
    "postgresql://%2Frun%2Fpostgresql/x": "PostgreSQL at /run/postgresql",
    "postgresql:///x": "a PostgreSQL server",
    "postgresql://db/x?sslmode=require&channel_binding=prefer": "PostgreSQL at db:5432",
}

MUST_BE = (
    "must be sqlite://path or postgresql://user:password@host:port/name,"
    " the password percent-encoded"
)
NO_OPTION = "has the option {}, which is not known here: {}"
POOL_SIZE = "set AUTHBERRY_DATABASE_POOL_SIZE instead"

REFUSED = {
    f"mysql://ada:{PASSWORD}@db/x": MUST_BE,
    f"postgresql://ada:5/{PASSWORD}@db/x": MUST_BE,
    f"postgresql://ada:5?{PASSWORD}@db/x": MUST_BE,
    f"postgresql://ada:5?{PASSWORD}=5@db/x": MUST_BE,
    f"postgresql://ada:5#{PASSWORD}@db/x": MUST_BE,
    f"postgresql://ada:{PASSWORD}@db..local/x": MUST_BE,
    f"postgresql://ada:{PASSWORD}%00@db/x": MUST_BE,
    "postgresql://db:port/x": MUST_BE,
    f"postgresql://ada:{PASSWORD}@db:99999/x": "must name a port between 1 and 65535",
    f"postgresql://ada:{PASSWORD}@db:0/x": "must name a port between 1 and 65535",
    "postgresql://db/x?port=five": "must name a port between 1 and 65535",
    "postgresql:///x?host=one,two&port=1,2,3": (
        "must have one port for all hosts, or one for each"
    ),
    "postgresql://db/x?sslmod=require": (
        "has the option sslmod, which is not known: perhaps sslmode is meant"
    ),
    "postgresql://db/x?fast=yes": "has the option fast, which is not known: leave it out",
    "postgresql://db/x?fast": ("must have options as name=value behind its ?, with & between them"),
    "postgresql://db/x?ssl=False": NO_OPTION.format("ssl", "write sslmode"),
    "postgresql://db/x?schema=auth": NO_OPTION.format("schema", "write search_path"),
    "postgresql://db/x?max_size=5": NO_OPTION.format("max_size", POOL_SIZE),
    "postgresql://db/x?maxsize=5": NO_OPTION.format("maxsize", POOL_SIZE),
    "postgresql://db/x?timeout=5": NO_OPTION.format("timeout", "write connect_timeout"),
    "postgresql://db/x?connect_timeout=soon": (
        "has the option connect_timeout, which must be whole seconds"
    ),
    "postgresql://db/x?sslmode=False": (
        "has the option sslmode, which must be one of disable, allow, prefer, require,"
        " verify-ca, verify-full"
    ),
    "postgresql://db/x?sslmode=require&sslrootcert=system": (
        "has sslrootcert=system, which goes with sslmode=verify-full only"
    ),
    "postgresql://db/x?sslnegotiation=direct": (
        "has sslnegotiation=direct, which needs sslmode=require or more"
    ),
    "postgresql://db/x?channel_binding=require": (
        "has the option channel_binding, which cannot be done here: write sslmode=verify-full"
        " with sslrootcert, which proves who the server is, and leave channel_binding out"
    ),
    "postgresql://db/x?target_session_attrs=standby": (
        "has the option target_session_attrs, which can only be any or primary or read-write,"
        " since this service writes"
    ),
    "sqlite://": "must name a file behind sqlite://",
    "sqlite://?synchronous=FULL": "must name a file behind sqlite://",
    "sqlite:///b.db": (
        "names a file in the folder / of the machine. Three slashes begin a whole path, as in"
        " sqlite:///var/lib/authberry/authberry.db; two, a path from the folder of the process,"
        " as in sqlite://authberry.db"
    ),
    "sqlite+aiosqlite:///b.db": (
        "must begin with sqlite:// and no driver: two slashes before a path from the folder of"
        " the process, and three before a whole path"
    ),
    "sqlite://b.db?syncronous=FULL": (
        "has the option syncronous, which is not known: perhaps synchronous is meant"
    ),
    "sqlite://b.db?synchronous=ALWAYS": (
        "has the option synchronous, whose value SQLite does not know: correct it"
    ),
    "sqlite://b.db?timeout=5": NO_OPTION.format("timeout", "write busy_timeout, in milliseconds"),
}


@pytest.mark.parametrize("url", list(UNDERSTOOD))
def test_a_url_is_understood_in_each_of_its_spellings(url: str) -> None:
    """And where the server is can be said without the password."""
    assert check_database_url(url) == url
    assert server_of(url) == UNDERSTOOD[url]
    assert PASSWORD not in repr(connection_config(url, 1))


@pytest.mark.parametrize("url", list(REFUSED))
def test_a_url_that_will_not_do_is_refused_with_what_to_do(url: str) -> None:
    """By the name of what is wrong, and never with its value."""
    with pytest.raises(ValueError, match=r"must|has|names") as refusal:
        check_database_url(url)
    assert str(refusal.value) == REFUSED[url]


def test_the_programs_of_postgresql_are_told_the_same() -> None:
    """By variables, for arguments are seen by everybody on the machine."""
    url = f"postgresql+asyncpg://ada:{PASSWORD}@one:5433,two/x?sslmode=require&options=-c%20a=b"
    assert libpq_environment(url) == {
        "PGHOST": "one,two",
        "PGPORT": "5433,",
        "PGUSER": "ada",
        "PGPASSWORD": PASSWORD,
        "PGDATABASE": "x",
        "PGCONNECT_TIMEOUT": "3",
        "PGOPTIONS": "-c a=b",
        "PGSSLMODE": "require",
    }


def test_to_verify_without_an_authority_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Unless libpq's own places name one."""
    monkeypatch.setenv("HOME", "/nowhere")
    monkeypatch.delenv("PGSSLROOTCERT", raising=False)
    with pytest.raises(ValueError, match="has an sslmode that verifies, and no sslrootcert"):
        check_database_url("postgresql://db/x?sslmode=verify-full")
    monkeypatch.setenv("PGSSLROOTCERT", "/some/where.pem")
    check_database_url("postgresql://db/x?sslmode=verify-full")


@pytest.mark.parametrize("path", ["a.db", "a#b.db", "a%20b.db", "/var/lib/a.db", ":memory:"])
def test_the_path_of_a_file_is_taken_as_it_is_written(path: str) -> None:
    """A sign that means something in other URLs is part of a name here."""
    config = connection_config(f"sqlite://{path}?busy_timeout=10&synchronous=full", 1)
    credentials = config["credentials"]
    assert credentials["file_path"] == path
    assert (credentials["busy_timeout"], credentials["synchronous"]) == ("10", "full")

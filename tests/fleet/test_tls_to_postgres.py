"""PostgreSQL that speaks TLS, with an authority of one's own: what libpq's options come to."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from apps import SECRET
from authority import Authority
from command_line import run
from database_servers import Postgres
from people import begin
from processes import rules_on
from viewers import claims_of, until_cached

from authberry import Settings, SettingsError
from authberry.models import Database, DatabaseUnavailable

RULES = (
    "local all all trust",
    "hostnossl plain all 127.0.0.1/32 trust",
    "hostssl all ada 127.0.0.1/32 cert",
    "hostssl all postgres 127.0.0.1/32 trust",
)
ENCRYPTED = "SELECT ssl, version FROM pg_stat_ssl WHERE pid = pg_backend_pid()"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where certificates lie."""
    return tmp_path_factory.mktemp("tls")


@pytest.fixture(scope="module")
def authority(folder: Path) -> Authority:
    """The authority of the server."""
    return Authority(folder)


@pytest.fixture(scope="module")
def server(authority: Authority) -> Iterator[Postgres]:
    """A server whose certificate is for 127.0.0.1 and not for localhost."""
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    assert programs, "there is no PostgreSQL with TLS; `nox -s fleet` installs it where it may"
    server = Postgres(programs[-1])
    server.encrypt(*authority.issue("database", "127.0.0.1"), authority.certificate, RULES)
    with server:
        server.execute("CREATE DATABASE plain")
        server.execute("CREATE ROLE ada LOGIN SUPERUSER")
        yield server


async def session(url: str) -> object:
    """How the pool's connection is encrypted, and the listening one's."""
    Settings.load(database_url=url)
    database = Database(url, pool_size=1)
    await database.open()
    try:
        with database.use():
            (pooled,) = await database.fetch(ENCRYPTED)
        beside = await database.connect()
        (alone,) = await beside.fetch(ENCRYPTED)
        await beside.close()
    finally:
        await database.close()
    assert dict(pooled) == dict(alone)
    return pooled["version"]


def url_of(server: Postgres, options: str, *, user: str = "postgres", host: str = "") -> str:
    """A URL of the database that everybody has."""
    return f"postgresql://{user}@{host or '127.0.0.1'}:{server.port}/postgres?{options}"


@pytest.mark.parametrize(
    ("options", "version"),
    [
        ("sslmode=require", "TLSv1.3"),
        ("sslmode=require&ssl_max_protocol_version=TLSv1.2", "TLSv1.2"),
        ("sslmode=verify-ca&sslrootcert={ca}&ssl_max_protocol_version=TLSv1.2", "TLSv1.2"),
        ("sslmode=verify-full&sslrootcert={ca}&ssl_min_protocol_version=TLSv1.3", "TLSv1.3"),
    ],
)
async def test_what_is_asked_for_is_had_by_the_pool_and_by_who_listens(
    server: Postgres, authority: Authority, options: str, version: str
) -> None:
    """An authority of one's own is named by its file."""
    url = url_of(server, options.format(ca=authority.certificate))
    assert await session(url) == version


async def test_the_authorities_of_the_machine_are_those_of_its_environment(
    server: Postgres, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`sslrootcert=system` is libpq's word for them."""
    url = url_of(server, "sslrootcert=system")
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.certificate))
    assert await session(url) == "TLSv1.3"
    monkeypatch.delenv("SSL_CERT_FILE")
    with pytest.raises(DatabaseUnavailable):
        await session(url)


async def test_a_service_runs_over_verified_tls(server: Postgres, authority: Authority) -> None:
    """Migrations, sessions, and changes that are heard of."""
    options = f"sslmode=verify-full&sslrootcert={authority.certificate}&application_name=authberry"
    async with rules_on(url_of(server, options)) as auth:
        ada = await auth.accounts.create("ada@example.com", None, "Ada", ())
        await until_cached(auth, await claims_of(auth, await begin(auth, ada)))


async def test_a_certificate_of_ones_own_is_shown(server: Postgres, authority: Authority) -> None:
    """Instead of a password."""
    certificate, key = authority.issue("ada")
    options = f"sslmode=verify-full&sslrootcert={authority.certificate}"
    with pytest.raises(DatabaseUnavailable):
        await session(url_of(server, options, user="ada"))
    shown = f"{options}&sslcert={certificate}&sslkey={key}"
    assert await session(url_of(server, shown, user="ada")) == "TLSv1.3"


@pytest.mark.parametrize(
    ("host", "options", "words"),
    [
        ("127.0.0.1", "sslmode=verify-full&sslrootcert={other}", "its certificate is not trusted"),
        ("localhost", "sslmode=verify-full&sslrootcert={ca}", "its certificate is not trusted"),
        ("127.0.0.1", "sslmode=disable", "it refuses the user or the password"),
    ],
    ids=["another authority", "another name", "no TLS"],
)
async def test_a_server_that_is_not_believed_is_said_in_words(
    server: Postgres, authority: Authority, folder: Path, host: str, options: str, words: str
) -> None:
    """By the doctor and by whatever opens the database, in one line."""
    other = Authority(folder, "other")
    options = options.format(ca=authority.certificate, other=other.certificate)
    url = url_of(server, options, host=host, user="postgres:topsecret")
    environment = {"AUTHBERRY_DATABASE_URL": url, "AUTHBERRY_SECRET": SECRET}
    for command in (["doctor"], ["migrate"], ["users", "list"]):
        outcome = await asyncio.to_thread(run, folder, environment, *command)
        said = outcome.out + outcome.err
        assert outcome.code == 1
        assert words in said
        assert "Traceback" not in said
        assert "topsecret" not in said


async def test_a_server_without_tls_is_said_in_words(postgres: Postgres, folder: Path) -> None:
    """Where `sslmode` asks for it."""
    url = f"postgresql://postgres@127.0.0.1:{postgres.port}/postgres?sslmode=require"
    environment = {"AUTHBERRY_DATABASE_URL": url, "AUTHBERRY_SECRET": SECRET}
    outcome = await asyncio.to_thread(run, folder, environment, "users", "list")
    assert outcome.code == 1
    assert "it has no TLS, for which sslmode asks" in outcome.err


def test_a_file_that_is_none_is_refused_by_the_options_name(authority: Authority) -> None:
    """Before anything connects."""
    for options in ("sslrootcert=/nowhere/ca.pem", f"sslcert={authority.certificate}"):
        with pytest.raises(SettingsError) as refusal:
            Settings.load(database_url=f"postgresql://127.0.0.1/x?sslmode=require&{options}")
        assert options.partition("=")[0] in str(refusal.value)
        assert options.partition("=")[2] not in str(refusal.value)

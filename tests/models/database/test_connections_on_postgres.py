"""How connections to PostgreSQL begin: by the options of a URL, the pool's and the other alike."""

from collections.abc import Awaitable, Callable
from urllib.parse import quote

import pytest
from database_servers import Postgres
from people import begin
from viewers import claims_of, until_cached

from authberry import Auth
from authberry.models import Database, DatabaseUnavailable
from bench.local_servers import free_port

MakeAuth = Callable[..., Awaitable[Auth]]


async def both(url: str, sql: str) -> list[object]:
    """What a statement answers on a connection of the pool, and on one beside it."""
    database = Database(url, pool_size=1)
    await database.open()
    try:
        with database.use():
            (row,) = await database.fetch(sql)
        beside = await database.connect()
        answers = [*row.values(), await beside.fetchval(sql)]
        await beside.close()
    finally:
        await database.close()
    return answers


@pytest.mark.parametrize(
    ("options", "setting", "value"),
    [
        ("application_name=our%20logins", "application_name", "our logins"),
        ("search_path=auth,public", "search_path", "auth,public"),
        (f"options={quote('-c search_path=auth -c work_mem=5MB')}", "search_path", "auth"),
        (f"options={quote('-c search_path=auth -c work_mem=5MB')}", "work_mem", "5MB"),
        ("sslmode=disable&connect_timeout=5&channel_binding=disable", "search_path", None),
        ("target_session_attrs=read-write", "transaction_read_only", "off"),
    ],
)
async def test_an_option_is_the_sessions_on_every_connection(
    database_url: str, options: str, setting: str, value: str | None
) -> None:
    """The pool's and that of whoever listens."""
    expected = value or '"$user", public'
    sql = f"SELECT current_setting('{setting}') AS value"
    assert await both(f"{database_url}?{options}", sql) == [expected] * 2


@pytest.mark.parametrize("scheme", ["postgres", "postgresql+asyncpg", "postgresql+psycopg"])
async def test_another_spelling_is_the_same_database(database_url: str, scheme: str) -> None:
    """As SQLAlchemy and hosting providers write it."""
    name = database_url.rpartition("/")[2]
    url = database_url.replace("postgresql", scheme, 1)
    assert await both(url, "SELECT current_database() AS name") == [name] * 2


async def test_the_next_host_is_tried(database_url: str, postgres: Postgres) -> None:
    """When nobody is at the first; each has a time of its own."""
    name = database_url.rpartition("/")[2]
    nobody = f"127.0.0.1:{free_port()}"
    url = f"postgresql://postgres@{nobody},127.0.0.1:{postgres.port}/{name}"
    assert await both(url, "SELECT current_database() AS name") == [name] * 2
    with pytest.raises(DatabaseUnavailable):
        await both(f"postgresql://postgres@{nobody},{nobody}/{name}", "SELECT 1 AS one")


async def test_a_host_that_only_reads_is_passed_over(database_url: str) -> None:
    """Where somebody who writes is asked for."""
    read_only = quote("-c default_transaction_read_only=on")
    url = f"{database_url}?options={read_only}"
    assert await both(url, "SELECT current_setting('transaction_read_only') AS it") == ["on"] * 2
    with pytest.raises(DatabaseUnavailable):
        await both(f"{url}&target_session_attrs=read-write", "SELECT 1 AS one")


async def test_a_socket_is_named_by_its_folder(database_url: str, postgres: Postgres) -> None:
    """As libpq has it."""
    name = database_url.rpartition("/")[2]
    folder = quote(str(postgres.folder), safe="")
    for url in (
        f"postgresql://postgres@{folder}:{postgres.port}/{name}",
        f"postgresql:///{name}?user=postgres&host={folder}&port={postgres.port}",
    ):
        sql = "SELECT inet_server_addr() IS NULL AS is_socket"
        assert await both(url, sql) == [True] * 2


@pytest.mark.own_tables("they are in a schema of their own")
async def test_a_search_path_is_where_the_tables_are(
    make_auth: MakeAuth, postgres: Postgres, caplog: pytest.LogCaptureFixture
) -> None:
    """Migrations, sessions, and changes that are heard of; and nothing is logged."""
    url = postgres.create_database()
    postgres.execute("CREATE SCHEMA logins", url.rpartition("/")[2])
    try:
        auth = await make_auth(database_url=f"{url}?search_path=logins&application_name=us")
        ada = await auth.accounts.create("ada@example.com", None, "Ada", ())
        issued = await begin(auth, ada)
        await until_cached(auth, await claims_of(auth, issued))
        with auth.database.use():
            rows = await auth.database.fetch(
                "SELECT DISTINCT schemaname FROM pg_tables WHERE tablename LIKE 'authberry_%'"
            )
        assert [row["schemaname"] for row in rows] == ["logins"]
        assert [record for record in caplog.records if record.levelname != "INFO"] == []
        await auth.close()
    finally:
        postgres.drop_database(url)


async def test_statements_are_prepared_where_no_pooler_is_between(database_url: str) -> None:
    """Each new connection has been asked, and is kept."""
    database = Database(database_url, pool_size=1)
    await database.open()
    with database.use():
        await database.fetch("SELECT 1")
        (row,) = await database.fetch("SELECT count(*) AS kept FROM pg_prepared_statements")
    await database.close()
    assert row["kept"] > 0

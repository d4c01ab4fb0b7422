"""Servers behind a PgBouncer that gives each transaction another of its connections."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from apps import SECRET
from browser import Browser, data
from command_line import run
from database_servers import Postgres
from documents import LOGIN, ME, REFRESH_TOKEN, REGISTER
from people import BROWSER, PASSWORD, begin
from pgbouncer import PgBouncer
from processes import OpenBrowser, Serve, Server, rules_on
from viewers import claims_of, is_live, until_cached

from authberry.models import Database
from authberry.models.change_notifications import RETRY
from authberry.models.database.migration_runner import known_migrations

EVERYBODY = 10
LOGINS_EACH = 5
UNLIMITED = dict.fromkeys(
    (
        "register_attempts",
        "refresh_attempts",
        "login_attempts",
        "login_attempts_per_account",
        "login_attempts_per_address",
        "login_attempts_in_all",
    ),
    "off",
)
DEAF = "changes are not heard of, so every session is read anew"


@pytest.fixture
def direct_url(postgres: Postgres) -> Iterator[str]:
    """An empty database, past the pooler."""
    url = postgres.create_database()
    yield url
    postgres.drop_database(url)


@pytest.fixture(params=["transaction", "session"])
def mode(request: pytest.FixtureRequest) -> str:
    """When a connection of the pooler is given back."""
    return str(request.param)


@pytest.fixture
def pooler(postgres: Postgres, mode: str) -> Iterator[PgBouncer]:
    """The pooler."""
    with PgBouncer(postgres, mode) as pooler:
        yield pooler


@pytest.fixture
def pooled_url(pooler: PgBouncer, direct_url: str) -> str:
    """The same database through the pooler."""
    return pooler.url(direct_url)


def served(serve: Serve, url: str, **settings: object) -> Server:
    """A server on a database."""
    return serve(database_url=url, **UNLIMITED, **settings).until_ready()


async def live(browser: Browser, number: int, *, is_new: bool) -> None:
    """Register, and log in and refresh again and again; whatever is refused fails."""
    who = {"email": f"person{number}@example.com", "password": PASSWORD}
    if is_new:
        assert data(await browser.ask(REGISTER, who))["__typename"] == "AuthPayload"
    for _ in range(LOGINS_EACH):
        login = data(await browser.ask(LOGIN, who))
        assert login["__typename"] == "AuthPayload"
        assert data(await browser.ask(REFRESH_TOKEN))["__typename"] == "AuthPayload"
        me = data(await browser.ask(ME, token=login["accessToken"]))
        assert me["email"] == who["email"]


async def test_servers_behind_a_pooler_start_again_and_serve_everybody(
    serve: Serve, pooled_url: str, open_browser: OpenBrowser
) -> None:
    """Two starts, and 50 logins and refreshes by ten people at once after each."""
    for start in range(2):
        server = served(serve, pooled_url)
        browsers = [open_browser(server) for _ in range(EVERYBODY)]
        await asyncio.gather(
            *(live(one, number, is_new=start == 0) for number, one in enumerate(browsers))
        )
        assert [line for line in server.log.splitlines() if '"level": "error"' in line] == []
        assert "Traceback" not in server.log
        assert server.stop() == 0


async def test_processes_migrate_through_a_pooler_at_once_and_do_it_once(pooled_url: str) -> None:
    """Their lock is a transaction's, which a pooler leaves on one connection."""
    databases = [Database(pooled_url) for _ in range(4)]
    for database in databases:
        await database.open()
    applied = await asyncio.gather(*(database.migrate() for database in databases))
    assert sorted(name for names in applied for name in names) == known_migrations()
    for database in databases:
        assert await database.pending_migrations() == []
        await database.close()


async def test_the_command_line_works_through_a_pooler(pooled_url: str, tmp_path: Path) -> None:
    """Each command is a start."""
    environment = {"AUTHBERRY_DATABASE_URL": pooled_url, "AUTHBERRY_SECRET": SECRET}
    for command in (["migrate"], ["migrate"], ["users", "list"], ["keys", "list"], ["prune"]):
        outcome = await asyncio.to_thread(run, tmp_path, environment, *command)
        assert (outcome.code, outcome.err) == (0, ""), command


async def test_what_a_pooler_does_not_pass_on_is_said_in_words(
    pooled_url: str, tmp_path: Path
) -> None:
    """With what to do instead."""
    environment = {
        "AUTHBERRY_DATABASE_URL": f"{pooled_url}?search_path=logins",
        "AUTHBERRY_SECRET": SECRET,
    }
    outcome = await asyncio.to_thread(run, tmp_path, environment, "users", "list")
    assert outcome.code == 1
    assert "a pooler before it takes no search_path and no options" in outcome.err
    assert "ALTER ROLE ... SET search_path" in outcome.err


async def test_a_session_that_ends_on_one_server_has_ended_on_the_other(
    pooled_url: str, mode: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Where notifications do not arrive that is noticed, said once, and every request reads."""
    async with rules_on(pooled_url) as one, rules_on(pooled_url) as other:
        ada = await one.accounts.create("ada@example.com", None, "Ada", ())
        for _ in range(10):
            issued = await begin(one, ada)
            claims = await claims_of(one, issued)
            assert [await is_live(auth, claims) for auth in (one, other)] == [True, True]
            await one.sessions.revocation.revoke_by_id(issued.session.id, BROWSER)
            assert [await is_live(auth, claims) for auth in (other, one)] == [False, False]
        claims = await claims_of(one, await begin(one, ada))
        if mode == "session":
            for auth in (one, other):
                await until_cached(auth, claims)
        else:
            async with asyncio.timeout(60):
                while times_deaf(caplog) < 2:
                    assert [await is_live(auth, claims) for auth in (one, other)] == [True, True]
                    await asyncio.sleep(0.01)
            assert one.sessions.viewers._held == other.sessions.viewers._held == {}
        assert times_deaf(caplog) == (0 if mode == "session" else 2)


@pytest.mark.parametrize("mode", ["transaction"], indirect=True)
async def test_nobody_waits_again_and_again_for_what_a_pooler_keeps(
    pooler: PgBouncer, pooled_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    """While a process tries to listen, its requests wait a little: it soon tries no more."""
    async with rules_on(pooled_url) as auth:
        ada = await auth.accounts.create("ada@example.com", None, "Ada", ())
        claims = await claims_of(auth, await begin(auth, ada))
        async with asyncio.timeout(60):
            while not times_deaf(caplog):
                assert await is_live(auth, claims)
                await asyncio.sleep(0.01)
        connections = pooler.log.count("login attempt")
        for _ in range(30):
            assert await is_live(auth, claims)
            await asyncio.sleep(RETRY / 10)
        assert pooler.log.count("login attempt") == connections


def times_deaf(caplog: pytest.LogCaptureFixture) -> int:
    """How often a process has said that it hears of no changes."""
    return sum(DEAF in record.getMessage() for record in caplog.records)


async def test_nothing_is_prepared_by_name_where_a_pooler_is_between(
    pooled_url: str, direct_url: str
) -> None:
    """And everything is where there is none: a statement is then one way there and back."""
    counted = []
    for url in (pooled_url, direct_url):
        database = Database(url, pool_size=1)
        await database.open()
        with database.use():
            for _ in range(3):
                await database.fetch("SELECT 1")
            rows = await database.fetch("SELECT count(*) AS kept FROM pg_prepared_statements")
        counted.append(rows[0]["kept"] > 0)
        await database.close()
    assert counted == [False, True]

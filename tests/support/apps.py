"""The application in this process: fixtures for `graph` and `server`."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from functools import cache
from pathlib import Path
from typing import Protocol

import pytest
from argon2 import PasswordHasher
from browser import Browser
from database_servers import Postgres
from frozen_clock import FrozenClock
from people import PASSWORD, begin
from round_robin import RoundRobinApps
from sent_mail import share_mailbox
from starlette.applications import Starlette

from authberry import Auth, Issued, RefreshTokenTransport, Settings
from authberry.models import Database, User
from authberry.passwords import hashing
from authberry.server.app import create_app

SECRET = "YW5vdGhlciBrZXkgZm9yIHRlc3RzIG9ubHksIG5vdCBmb3IgeW91"
PRODUCTION = {"env": "production", "public_url": "https://auth.example.com"}

SHAPE = """
SELECT md5(string_agg(part, ' ' ORDER BY part)) FROM (
  SELECT relname || relkind::text FROM pg_class WHERE relnamespace = 'public'::regnamespace
  UNION ALL SELECT conname FROM pg_constraint WHERE connamespace = 'public'::regnamespace
  UNION ALL SELECT tgname || tgenabled::text FROM pg_trigger WHERE NOT tgisinternal
) AS parts (part)
"""
KEEP_SHAPE = f"""
DO $$ BEGIN
  EXECUTE format('COMMENT ON DATABASE %I IS %L', current_database(), ({SHAPE}));
END $$
"""
IS_AS_IT_WAS = f"""
DO $$ BEGIN
  IF ({SHAPE}) <> (SELECT shobj_description(oid, 'pg_database')
                   FROM pg_database WHERE datname = current_database()) THEN
    RAISE 'this test has altered the tables that others share: mark it `own_tables`';
  END IF;
END $$
"""  # noqa: S608 - ours
TABLES = (
    "authberry_event",
    "authberry_outbox",
    "authberry_signing_key",
    "authberry_spent_challenge",
    "authberry_user",
    "authberry_walk",
)


class MakeApp(Protocol):
    """Starts an application on the test's database; once more for a second process."""

    async def __call__(self, **settings: object) -> Starlette:
        """Start, with the settings named; it is stopped when the test ends."""


@pytest.fixture(scope="session")
def tables(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A database with its tables, for the tests of this process to share or to copy."""
    is_sqlite = os.environ.get("TEST_DATABASE", "sqlite") == "sqlite"
    postgres: Postgres | None = None if is_sqlite else request.getfixturevalue("postgres")
    if postgres:
        url = postgres.create_database()
    else:
        url = f"sqlite://{tmp_path_factory.mktemp('tables')}/authberry.db"
    asyncio.run(_migrate(Database(url)))
    if postgres:
        postgres.empty(url, KEEP_SHAPE)
    return url


async def _migrate(database: Database) -> None:
    await database.open()
    await database.migrate()
    await database.close()


@pytest.fixture
def database_url(request: pytest.FixtureRequest, tables: str, tmp_path: Path) -> Iterator[str]:
    """A database of the kind under test, with its tables and nobody in them."""
    if tables.startswith("sqlite"):
        yield f"sqlite://{shutil.copy(tables.partition('://')[2], tmp_path)}"
        return
    postgres: Postgres = request.getfixturevalue("postgres")
    if request.node.get_closest_marker("own_tables"):
        with postgres.database() as url:
            yield url
        return
    yield tables
    postgres.empty(tables, f"TRUNCATE {', '.join(TABLES)} CASCADE", IS_AS_IT_WAS)


@pytest.fixture
async def make_app(
    default_settings: dict[str, object], clock: FrozenClock, server_count: int
) -> AsyncIterator[MakeApp]:
    """Start an application or several."""
    async with AsyncExitStack() as stack:

        async def start(settings: Settings) -> Starlette:
            app = create_app(settings, clock=clock)
            await stack.enter_async_context(app.router.lifespan_context(app))
            return app

        async def make(**settings: object) -> Starlette:
            loaded = Settings.load(**{**default_settings, "secret": SECRET, **settings})
            apps = [await start(loaded) for _ in range(server_count)]
            share_mailbox([app.state.auth for app in apps])
            return apps[0] if server_count == 1 else RoundRobinApps(apps)

        yield make


@pytest.fixture
async def app(make_app: MakeApp) -> Starlette:
    """An application in development mode, on the test's database and the frozen clock."""
    return await make_app()


@pytest.fixture
async def production(make_app: MakeApp) -> Starlette:
    """An application in production mode, at https://auth.example.com."""
    return await make_app(**PRODUCTION)


@pytest.fixture
def auth(app: Starlette) -> Auth:
    """The rules behind `app`."""
    auth: Auth = app.state.auth
    return auth


@pytest.fixture
def browser(app: Starlette) -> Browser:
    """A browser that looks at `app`."""
    return Browser(app)


@pytest.fixture
async def ada(auth: Auth) -> User:
    """Ada, whose password is `PASSWORD`."""
    return await person(auth, "ada@example.com", "Ada", ("admin",))


async def person(
    auth: Auth, email: str, name: str | None = None, roles: tuple[str, ...] = ()
) -> User:
    """Somebody whose password is `PASSWORD`, without the time that hashing it takes."""
    user = await auth.accounts.create(email, None, name, roles)
    with auth.database.use():
        await User.filter(id=user.id).update(
            password_hash=_hash(hashing.MEMORY_KIB, hashing.PASSES)
        )
        return await User.get(id=user.id)


@cache
def _hash(memory_kib: int, passes: int) -> str:
    return PasswordHasher(passes, memory_kib, parallelism=1).hash(PASSWORD)


@pytest.fixture
async def issued(auth: Auth, ada: User) -> Issued:
    """A session of Ada's, in a program without a cookie jar."""
    return await begin(auth, ada)


@pytest.fixture
async def in_browser(auth: Auth, ada: User, browser: Browser) -> Issued:
    """A session of Ada's, in `browser`."""
    issued = await begin(auth, ada, transport=RefreshTokenTransport.COOKIE)
    browser.keep("refresh_token", issued.refresh_token)
    return issued

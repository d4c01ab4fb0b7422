"""What every test can ask for."""

import gc
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Protocol, cast

import hypothesis
import pytest
from cheap_hashes import cheap_hashes, usual_cost
from database_servers import Postgres, Valkey
from empty_database import database_url
from frozen_clock import FrozenClock
from people import begin
from recorded_statements import Recorder, gather, read_statements
from round_robin import SERVERS, RoundRobinAuth, server_count, throttle_url
from sent_mail import share_mailbox
from statements import Statements
from surroundings import put_back

from authberry import Auth, Issued, Settings
from authberry.clock import Clock
from authberry.models import User

__all__ = ["database_url"]

put_back()

TESTS = Path(__file__).parent
DATABASE = os.environ.get("TEST_DATABASE", "sqlite")
"""One process tests one database, since Tortoise keeps the SQL it wrote for a class."""
if DATABASE not in {"sqlite", "postgres"}:
    pytest.exit("TEST_DATABASE must be sqlite or postgres", returncode=4)

if SERVERS not in {"1", "2"}:
    pytest.exit("TEST_SERVERS must be 1 or 2", returncode=4)

collect_ignore_glob = ["*_on_sqlite.py"] if DATABASE == "postgres" else ["*_on_postgres.py"]
_needs = {
    "browser": "TEST_BROWSER",
    "deploy": "BUILD_NETWORK",
    "faults": "TEST_FAULTS",
    "fleet": "FLEET_ROUNDS",
    "plans": "TEST_PLANS",
    "ssr": "TEST_SSR",
    "storm": "TEST_STORM",
    "surface": "TEST_SURFACE",
}
collect_ignore = [folder for folder, needed in _needs.items() if needed not in os.environ]
"""What has a command of its own, `nox -s` and the folder's name, which has what that needs."""

WITHOUT_DATABASE = [
    "auth/test_client.py",
    "auth/test_email_addresses.py",
    "auth/passwords/test_policy.py",
    "auth/passwords/test_hashing.py",
    "auth/passwords/test_stored_hashes.py",
    "auth/providers",
    "auth/settings",
    "auth/signing/test_configured_keys.py",
    "bench/test_answers.py",
    "bench/test_filling.py",
    "bench/test_goals.py",
    "graph/federation",
    "forgery",
    "house",
    "models/database/test_connection_url.py",
    "models/database/test_tables.py",
    "auth/mail/test_rendering.py",
    "auth/mail/test_mail_command.py",
    "auth/mail/test_smtp.py",
    "server/commands/test_start_errors_of_files.py",
    "server/graphiql/test_graphiql.py",
    "server/graphql_over_http",
    "server/http/test_cors.py",
    "server/http/test_headers.py",
    "server/http/test_mounting_in_a_process.py",
    "server/oauth/test_forms.py",
    "server/oauth/test_metadata.py",
    "server/oauth/test_oauth4webapi.py",
    "server/observability/test_logging.py",
    "server/observability/test_metrics_of_workers.py",
    "server/observability/test_trace_context.py",
    "server/observability/test_traceparent.py",
    "server/observability/test_tracing.py",
    "server/pages/test_pages.py",
    "server/process/test_framing.py",
    "server/process/test_memory.py",
    "server/process/test_protocol.py",
    "server/process/test_serve.py",
    "server/process/test_signals.py",
    "server/process/test_slow_bodies.py",
    "server/process/test_stopping.py",
    "server/test_dev_mail.py",
    "server/test_parsers.py",
    "server/verify",
]
"""Folders and files whose tests are the same on each database: they run on SQLite."""

WITHOUT_FILE = ["server/process/test_fleet.py"]
"""Those about processes and what stands before them, whatever the database: on PostgreSQL."""

WITHOUT_COMPANY = [
    *WITHOUT_DATABASE,
    "auth/events/test_ids.py",
    "auth/mail",
    "auth/passwords/test_breaches.py",
    "auth/sessions/test_viewers.py",
    "auth/sessions/test_viewers_on_postgres.py",
    "auth/signing/test_access_tokens.py",
    "auth/test_clocks.py",
    "auth/test_secrecy.py",
    "auth/test_throttle.py",
    "auth/test_throttle_store.py",
    "auth/test_throttled_logins.py",
    "graph/context/test_clients.py",
    "graph/context/test_cookies.py",
    "graph/context/test_cross_site.py",
    "graph/context/test_partitioned_cookies.py",
    "graph/context/test_renamed_cookies.py",
    "graph/errors/test_errors.py",
    "graph/execution/test_introspection.py",
    "graph/execution/test_limits.py",
    "graph/execution/test_text.py",
    "graph/test_secrets.py",
    "models",
    "server/commands",
    "server/http/test_mounting.py",
    "server/http/test_mounting_with_an_auth.py",
    "server/http/test_opening.py",
]
"""Those in which two servers are no other than one, or that open the other by themselves."""

# Two cores are shared with the databases: time tells nothing. Examples are not kept between runs.
hypothesis.settings.register_profile(
    "ours",
    deadline=None,
    database=None,
    suppress_health_check=[hypothesis.HealthCheck.function_scoped_fixture],
)
hypothesis.settings.load_profile("ours")

__all__ = ["cheap_hashes", "server_count", "throttle_url", "usual_cost"]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what another of the grounds runs just so."""
    left_out = [item for item in items if _runs_elsewhere(item)]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in left_out]


def pytest_collection_finish() -> None:
    """Keep the garbage collector from looking through thousands of tests again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


def _runs_elsewhere(item: pytest.Item) -> bool:
    if SERVERS == "2":
        return not _runs_with_two_servers(item)
    if DATABASE == "sqlite":
        return _is_of(item, WITHOUT_FILE)
    is_shown_with_two = "TEST_QUICK" in os.environ and _runs_with_two_servers(item)
    return is_shown_with_two or _is_of(item, WITHOUT_DATABASE)


def _runs_with_two_servers(item: pytest.Item) -> bool:
    alone = item.get_closest_marker("one_process")
    return not (alone or _is_of(item, WITHOUT_COMPANY))


def _is_of(item: pytest.Item, names: list[str]) -> bool:
    return any(item.path.is_relative_to(TESTS / name) for name in names)


SECRET = "a2V5IGZvciB0ZXN0cyBvbmx5LCBub3QgZm9yIHlvdQ"


EXPLAINED_KINDS = {one.kind for one in read_statements()}


class MakeAuth(Protocol):
    """Opens an `Auth` on the test's database; call it again for a second process, or a restart."""

    async def __call__(self, *, clock: Clock | None = None, **settings: object) -> Auth:
        """Open, with the settings named; it is closed when the test ends."""


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Run coroutines on asyncio, as uvicorn does."""
    return "asyncio"


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """Serve PostgreSQL, once somebody asks for it."""
    with Postgres() as server:
        yield server


@pytest.fixture(scope="session")
def _valkey() -> Iterator[Valkey]:
    with Valkey() as server:
        yield server


@pytest.fixture
def valkey(_valkey: Valkey) -> Valkey:
    """Serve Valkey, empty; `valkey.url` is a throttle URL."""
    _valkey.flush()
    return _valkey


@pytest.fixture
def default_settings(database_url: str, throttle_url: str) -> dict[str, object]:
    """Settings without the limits, mails and stored events that are in the way of most tests."""
    limits = (
        *("register_attempts", "refresh_attempts", "session_attempts", "link_attempts"),
        *("mail_attempts_per_account", "mail_attempts_per_address"),
    )
    return {
        "database_url": database_url,
        "throttle_url": throttle_url,
        **dict.fromkeys(limits),
        "email_verification": "off",
        "security_notices": False,
        "event_ttl": 0,
    }


@pytest.fixture
def clock() -> FrozenClock:
    """A clock that stands still until `clock.tick(seconds)`."""
    return FrozenClock()


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> Statements:
    """The statements that reach the database; one of them can be broken."""
    return Statements(monkeypatch)


@pytest.fixture(autouse=DATABASE == "postgres")
def explained(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Refuse a statement of ours that `nox -s plans` does not explain; with it, gather them."""
    recorder = Recorder(monkeypatch)
    yield
    if folder := os.environ.get("GATHER_STATEMENTS"):
        gather(Path(folder), recorder.kinds.values())
        return
    new = [one.sql for kind, one in recorder.kinds.items() if kind not in EXPLAINED_KINDS]
    assert not new, "explain it: nox -s plans -- --gather, and the path of this test"


@pytest.fixture
async def make_auth(
    default_settings: dict[str, object], clock: FrozenClock, server_count: int
) -> AsyncIterator[MakeAuth]:
    """Open an `Auth` or several on one database, as a restart or a second process does."""
    async with AsyncExitStack() as stack:
        default_clock = clock

        async def make(*, clock: Clock | None = None, **settings: object) -> Auth:
            loaded = Settings.load(**{**default_settings, "secret": SECRET, **settings})
            auths = [Auth(loaded, clock=clock or default_clock) for _ in range(server_count)]
            share_mailbox(auths)
            for auth in auths:
                await stack.enter_async_context(auth)
            return auths[0] if server_count == 1 else cast("Auth", RoundRobinAuth(auths))

        yield make


@pytest.fixture
async def auth(make_auth: MakeAuth) -> Auth:
    """An open `Auth` on the test's database, on the frozen clock."""
    return await make_auth()


@pytest.fixture
async def ada(auth: Auth) -> User:
    """Ada, who has no password: for tests about something else."""
    return await auth.accounts.create("ada@example.com", None, "Ada", ("admin",))


@pytest.fixture
async def issued(auth: Auth, ada: User) -> Issued:
    """Ada's session, just begun."""
    return await begin(auth, ada)

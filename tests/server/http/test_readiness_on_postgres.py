"""A PostgreSQL that answers and would refuse what a server does is not ready."""

from collections.abc import Iterator

import pytest
from apps import MakeApp
from browser import Browser, codes
from database_servers import Postgres
from documents import LOGIN
from limited_role import LimitedRole, limited_role
from log_lines import LogLines
from people import PASSWORD
from waiting import until

from authberry import Auth
from authberry.models import User

HTTPS = "https://auth.example.com"
PRODUCTION = {"env": "production", "public_url": HTTPS}


@pytest.fixture
def role(postgres: Postgres, database_url: str, auth: Auth) -> Iterator[LimitedRole]:
    """A user of the test's database, which has its tables, who may do what a server does."""
    with limited_role(postgres, database_url) as role:
        role.grant_all()
        yield role


async def readiness(browser: Browser) -> tuple[int, str | None]:
    """What the service answers to a balancer."""
    answer = await browser.send("GET", "/health/ready")
    return answer.status_code, answer.json().get("reason")


@pytest.mark.own_tables("a right is taken away")
@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        ("REVOKE DELETE ON authberry_outbox FROM ROLE_", "database rights missing"),
        ("REVOKE SELECT ON tortoise_migrations FROM ROLE_", "database rights missing"),
        ("REVOKE USAGE ON SCHEMA public FROM ROLE_", "database rights missing"),
        ("REVOKE UPDATE ON authberry_event FROM ROLE_", None),
        ("DROP TABLE tortoise_migrations", "migrations pending"),
    ],
)
async def test_a_right_that_is_taken_away_is_noticed(
    make_app: MakeApp, role: LimitedRole, statement: str, reason: str | None
) -> None:
    """Whichever a server needs; events are never changed, so that nobody needs to."""
    browser = Browser(await make_app(**PRODUCTION, database_url=role.url), url=HTTPS)
    assert await readiness(browser) == (200, None)
    role.run(statement)
    assert await readiness(browser) == (503 if reason else 200, reason)


@pytest.mark.own_tables("it is made read-only")
async def test_a_database_that_is_made_read_only_is_noticed(
    make_app: MakeApp, role: LimitedRole, postgres: Postgres
) -> None:
    """By its connections after that, as when an operator stops all writing for a while."""
    browser = Browser(await make_app(**PRODUCTION, database_url=role.url), url=HTTPS)
    role.run("ALTER ROLE ROLE_ SET default_transaction_read_only = on")
    postgres.disconnect(role.url)

    async def is_noticed() -> bool:
        return await readiness(browser) == (503, "database read-only")

    await until(is_noticed)  # each server first asks on the connection that is gone


@pytest.mark.one_process("each server has a log of its own kinds")
async def test_a_standby_is_not_ready_and_a_login_on_it_is_logged(
    make_app: MakeApp, postgres: Postgres, database_url: str, ada: User, log: LogLines
) -> None:
    """As when a name leads to the wrong server after a failover; what reads goes on."""
    with postgres.standby() as standby:
        url = database_url.replace(f":{postgres.port}/", f":{standby.port}/")
        browser = Browser(await make_app(**PRODUCTION, database_url=url), url=HTTPS)
        log.start()
        ready = await readiness(browser)
        answer = await browser.ask(LOGIN, {"email": "ada@example.com", "password": PASSWORD})
    assert ready == (503, "database read-only")
    assert codes(answer) == ["SERVICE_UNAVAILABLE"]
    (line,) = log.refusals
    assert (line["code"], line["relation"], line["request_id"]) == (
        "25006",
        "authberry_refresh_token",
        answer.headers["x-request-id"],
    )

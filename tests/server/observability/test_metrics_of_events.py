"""What of all that happened is counted, and with which labels."""

import asyncio

import pytest
from apps import MakeApp
from browser import Browser, data
from documents import (
    CHANGE_PASSWORD,
    LOGIN,
    LOGOUT,
    REFRESH_TOKEN,
    REGISTER,
    REVOKE_OTHER_SESSIONS,
)
from frozen_clock import FrozenClock
from log_lines import LogLines
from people import PASSWORD, begin
from scrapes import DATABASE, changes, scrape

from authberry import Auth
from authberry.models import User

pytestmark = pytest.mark.one_process("each server counts what it answers")
EVENTS, THROTTLED = "authberry_security_events_total", "authberry_throttled_total"
OPERATIONS, REQUESTS = "authberry_operations_total", "authberry_http_requests_total"
ADA = {"email": "ada@example.com", "password": PASSWORD}


async def test_every_record_of_the_security_log_is_counted(
    auth: Auth, browser: Browser, ada: User, clock: FrozenClock, log: LogLines
) -> None:
    """As often as it is written, and from zero, so that a first one is seen as a rise."""
    before = await scrape(browser)
    log.start()
    session = await begin(auth, ada)
    tokens = [session.refresh_token]
    for wait in (31, 0, 31):
        clock.tick(wait)
        answer = data(await browser.ask(REFRESH_TOKEN, refreshToken=tokens[-1]))
        tokens.append(answer["refreshToken"])
    clock.tick(31)
    await browser.ask(REFRESH_TOKEN, refreshToken=tokens[0])
    await browser.ask(REGISTER, email="grace@example.com", password=PASSWORD)
    access = data(await browser.ask(LOGIN, ADA))["accessToken"]
    await browser.ask(LOGIN, ADA, password="a wrong one")
    await browser.ask(CHANGE_PASSWORD, token=access, currentPassword="x", newPassword=PASSWORD[1:])
    await browser.ask(REVOKE_OTHER_SESSIONS, token=access)
    await browser.ask(LOGOUT, token=access)
    counted = changes(before, await scrape(browser), EVENTS)
    written = [record["event"] for record in log.events]
    assert counted == {f'{{event="{name}"}}': written.count(name) for name in written}
    assert {"token_reused", "token_reissued", "login_failed", "logged_out"} <= set(written)
    assert before[EVENTS + '{event="token_reused"}'] == 0


async def test_what_is_throttled_is_counted_by_what_was_tried(make_app: MakeApp) -> None:
    """Whichever of its budgets was empty."""
    app = await make_app(refresh_attempts="1/hour", register_attempts="1/hour")
    browser = Browser(app)
    before = await scrape(browser)
    for _ in range(3):
        await browser.ask(REFRESH_TOKEN, refreshToken="x")
    for _ in range(7):
        await browser.ask(LOGIN, ADA)
    assert before[THROTTLED + '{subject="register"}'] == 0
    assert changes(before, await scrape(browser), THROTTLED) == {
        '{subject="refresh"}': 2,
        '{subject="login"}': 2,
    }


@pytest.mark.usefixtures("usual_cost")
async def test_who_waits_for_a_hash_is_seen(browser: Browser) -> None:
    """While they wait, and how long it took them."""
    guesses = [
        asyncio.create_task(browser.ask(LOGIN, email=f"{number}@example.com", password="a guess"))
        for number in range(20)
    ]
    await asyncio.wait(guesses, return_when=asyncio.FIRST_COMPLETED)
    waiting = (await scrape(browser))["authberry_password_hash_queue"]
    await asyncio.gather(*guesses)
    metrics = await scrape(browser)
    assert 0 < waiting < 20
    assert metrics["authberry_password_hash_queue"] == 0
    assert metrics["authberry_password_hash_duration_seconds_count"] == 20
    assert 0.02 < metrics["authberry_password_hash_duration_seconds_sum"] < 600


async def test_the_pool_is_seen_where_there_is_one(auth: Auth, browser: Browser) -> None:
    """PostgreSQL's, by whether a connection is in use; SQLite has none."""
    await browser.send("GET", "/health/ready")
    pool = "authberry_database_pool_connections"
    idle = changes({}, await scrape(browser), pool)
    if DATABASE == "sqlite":
        assert idle == {}
        return
    begun, done = asyncio.Event(), asyncio.Event()

    async def hold() -> None:
        with auth.database.use():
            async with auth.database.transaction():
                begun.set()
                await done.wait()

    holding = asyncio.create_task(hold())
    await begun.wait()
    used = changes({}, await scrape(browser), pool)
    done.set()
    await holding
    assert idle.keys() == {'{state="idle"}'}
    assert used['{state="used"}'] == 1


async def test_two_in_one_process_count_apart(make_app: MakeApp) -> None:
    """A host may hold several."""
    one, other = Browser(await make_app()), Browser(await make_app())
    await one.ask("{ __typename }")
    metrics = [changes({}, await scrape(browser), REQUESTS) for browser in (one, other)]
    assert metrics == [{'{method="POST",route="/graphql",status="200"}': 1}, {}]

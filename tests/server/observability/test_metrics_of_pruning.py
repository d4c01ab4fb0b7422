"""What waits to be deleted is seen: how much, and for how long."""

from datetime import timedelta

import pytest
from apps import MakeApp
from browser import Browser
from factor_rows import (
    add_factor_reset,
    add_pending_login,
    add_spent_challenge,
    add_trusted_device,
)
from frozen_clock import FrozenClock
from people import BROWSER, begin
from scrapes import changes, scrape
from statements import Statements

from authberry import Auth
from authberry.events import Event
from authberry.models import User
from authberry.models.statements import pruning
from authberry.settings import LinkPurpose

pytestmark = pytest.mark.one_process("each server looks for itself")
ROWS, SECONDS = "authberry_overdue_rows", "authberry_overdue_seconds"
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


async def test_what_is_overdue_is_counted_by_kind(make_app: MakeApp, clock: FrozenClock) -> None:
    """And told how late the first of it is; once it is deleted, nothing is left."""
    app = await make_app(event_ttl=10 * 86_400, refresh_event_ttl=3_600)
    auth, browser = app.state.auth, Browser(app)
    ada = await auth.accounts.create("ada@example.com", None)
    await make_overdue(auth, ada, clock)

    metrics = await scrape(browser)

    assert changes({}, metrics, ROWS) == {
        '{kind="accounts"}': 1,
        '{kind="factor_resets"}': 1,
        '{kind="links"}': 3,
        '{kind="pending_logins"}': 2,
        '{kind="trusted_devices"}': 1,
        '{kind="challenges"}': 1,
        '{kind="events"}': 2,
    }
    late = changes({}, metrics, SECONDS)
    assert late.pop('{kind="events"}') == pytest.approx(DAY.total_seconds() - 3_600, abs=0.001)
    assert late == {
        '{kind="accounts"}': 7_200,
        '{kind="factor_resets"}': 3_600,
        '{kind="pending_logins"}': DAY.total_seconds() - 300,
        '{kind="trusted_devices"}': 7_200,
        '{kind="challenges"}': 3_300,
        '{kind="links"}': DAY.total_seconds() - auth.settings.link_ttl.total_seconds(),
    }

    await auth.pruning.prune()
    clock.tick(MINUTE)
    metrics = await scrape(browser)
    assert changes({}, metrics, ROWS) == {}
    assert changes({}, metrics, SECONDS) == {'{kind="sessions"}': 60}


async def make_overdue(auth: Auth, ada: User, clock: FrozenClock) -> None:
    """Let a day go by after links and refreshes, and an account be due for two hours."""
    for _ in range(3):
        await auth.links.tokens.issue(ada, LinkPurpose.RESET_PASSWORD)
    for event in (Event.TOKEN_REFRESHED, Event.TOKEN_REISSUED, Event.LOGIN_SUCCEEDED):
        auth.resources.log.record(event, BROWSER, user_id=ada.id)
    await auth.resources.events.flush()
    for _ in range(2):
        await add_pending_login(auth, ada)
    clock.tick(DAY)
    await add_factor_reset(auth, ada, timedelta(hours=-1))
    await add_trusted_device(auth, ada, timedelta(hours=-2))
    await add_spent_challenge(auth, timedelta(hours=-1))
    leaver = await auth.accounts.create("grace@example.com", None)
    with auth.database.use():
        await User.filter(id=leaver.id).update(deletes_at=clock.now() - timedelta(hours=2))


async def test_no_more_is_counted_than_takes_a_moment(
    auth: Auth,
    browser: Browser,
    ada: User,
    clock: FrozenClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Ten thousand stand for as many and more."""
    assert pruning.COUNTED == 10_000
    monkeypatch.setattr(pruning, "COUNTED", 2)
    for _ in range(3):
        await auth.links.tokens.issue(ada, LinkPurpose.RESET_PASSWORD)
    clock.tick(DAY)
    assert changes({}, await scrape(browser), ROWS) == {'{kind="links"}': 2}


async def test_a_process_looks_once_a_minute(
    auth: Auth, browser: Browser, ada: User, clock: FrozenClock, statements: Statements
) -> None:
    """However often somebody asks."""
    await begin(auth, ada)
    await scrape(browser)
    statements.seen.clear()
    await scrape(browser)
    assert statements.seen == []
    clock.tick(MINUTE)
    await scrape(browser)
    # accounts, resets, links and three more that expire, three of events, the walk over sessions
    assert len(statements.seen) == 10


async def test_a_database_that_is_away_takes_no_other_metric_along(
    browser: Browser, statements: Statements
) -> None:
    """What is counted in memory is told as ever."""
    with statements.broken():
        metrics = await scrape(browser)
    assert metrics['authberry_throttled_total{subject="login"}'] == 0

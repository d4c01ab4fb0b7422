"""The JavaScript client in Chromium, with each of three libraries, on a real server.

Nobody is logged out who should not be.
"""

import asyncio
from datetime import UTC, datetime
from uuid import UUID

import pytest
from anyio.to_thread import run_sync
from browser import DEVICE, data
from browser_tab import LIBRARIES, BrowserTab, BrowserTabs, TabsOn, until_all
from documents import LOGIN, REVOKE_SESSION
from lossy_proxy import LossyProxy
from people import PASSWORD, refresh
from playwright.async_api import BrowserContext, Cookie
from processes import OpenBrowser, Serve, Server
from rows import session_row
from waiting import until

from authberry import Auth
from authberry.errors import RefreshTokenReused
from authberry.models import RefreshToken, SigningKey

ADA = "ada@example.com"
EACH = len(LIBRARIES)
"""As many tabs use each of the libraries."""


async def sessions(rules: Auth) -> list[UUID]:
    """The sessions there are that have not ended."""
    with rules.database.use():
        rows = await RefreshToken.filter(revoked_at=None).values_list("id", flat=True)
        return [UUID(str(row)) for row in rows]


async def cookie(profile: BrowserContext) -> str:
    """The refresh token in the browser's jar."""
    (kept,) = await of_sessions(profile)
    return kept["value"]


async def of_sessions(profile: BrowserContext) -> list[Cookie]:
    """What is in the jar, beside what the device is known by, which stays."""
    return [one for one in await profile.cookies() if one["name"] not in DEVICE]


async def logged_in(
    tabs_on: TabsOn, server: Server | LossyProxy, library: str = ""
) -> tuple[BrowserTabs, BrowserTab]:
    """Open a tab in which Ada has just made her account."""
    tabs = tabs_on(server.url)
    tab = await tabs.open(library)
    await tab.until("loggedOut")
    assert await tab.register() == "AuthPayload"
    return tabs, tab


async def told(tabs: list[BrowserTab]) -> set[str]:
    """Whatever the pages were told since they opened, in any order."""
    return {status for tab in tabs for status in await tab.states()}


@pytest.mark.parametrize("library", LIBRARIES)
async def test_a_day_with_each_library(
    started: Serve, tabs_on: TabsOn, rules: Auth, library: str, profile: BrowserContext
) -> None:
    """Log in, ask, close the browser, come back, log out; nothing is kept but a cookie."""
    tabs, tab = await logged_in(tabs_on, started(), library)
    assert await tab.me() == ADA
    assert await tab.page.evaluate("[localStorage.length, sessionStorage.length]") == [0, 0]
    assert await tab.page.evaluate("document.cookie") == ""
    await tab.page.close()

    tab = await tabs.open(library)
    assert await tab.me() == ADA
    assert await tab.states() == ["loggedIn"]
    assert len(await sessions(rules)) == 1
    await tab.logout()
    assert await tab.me() == "UNAUTHENTICATED"
    assert await sessions(rules) == []
    assert await of_sessions(profile) == []


async def test_tokens_that_expire_are_replaced_without_a_word(
    started: Serve, tabs_on: TabsOn
) -> None:
    """With tokens that live for two seconds, three seconds of asking never fail."""
    tabs, _ = await logged_in(tabs_on, started(access_token_ttl=2))
    three = await tabs.restored(EACH)
    for _ in range(6):
        assert [await tab.me() for tab in three] == [ADA] * EACH
        await asyncio.sleep(0.5)
    assert await told(three) == {"loggedIn"}


async def test_ten_tabs_restored_at_once_are_one_session(
    started: Serve, tabs_on: TabsOn, rules: Auth
) -> None:
    """Each is told who is there, and the server has rotated once."""
    async with LossyProxy(started().port) as proxy:
        tabs, tab = await logged_in(tabs_on, proxy)
        await tab.page.close()
        before = proxy.refreshes
        ten = await tabs.restored(10)
        assert [await one.me() for one in ten] == [ADA] * 10
        assert await told(ten) == {"loggedIn"}
        (session,) = await sessions(rules)
        assert (await session_row(rules, session))["generation"] == 1
        # Those that open late enough ask by themselves, and are given the same.
        assert 1 <= proxy.refreshes - before <= 10


async def test_ten_tabs_refresh_with_one_request(started: Serve, tabs_on: TabsOn) -> None:
    """Locks let one of them ask, and the others hear from it."""
    async with LossyProxy(started().port) as proxy:
        tabs, _ = await logged_in(tabs_on, proxy)
        ten = await tabs.restored(10)
        before = proxy.refreshes
        proxy.hold_answers()
        asking = [asyncio.create_task(tab.refresh()) for tab in ten]
        await proxy.until_refresh_arrives()
        await told(ten)  # so that all have begun to ask
        proxy.release_answers()
        assert await asyncio.gather(*asking) == ["loggedIn"] * 10
        assert proxy.refreshes - before == 1


async def test_an_answer_thrown_away_is_given_again(
    started: Serve, tabs_on: TabsOn, rules: Auth
) -> None:
    """The server has rotated and no tab has heard; the next try is given the same token."""
    async with LossyProxy(started(access_token_ttl=2).port) as proxy:
        tabs, _ = await logged_in(tabs_on, proxy)
        three = await tabs.restored(EACH)
        proxy.lose_answers()
        await asyncio.sleep(2)
        answers = await asyncio.gather(*(tab.me() for tab in three))
        assert answers == ["NETWORK_ERROR"] * EACH
        assert {await tab.status() for tab in three} == {"loggedIn"}
        proxy.pass_answers()
        assert [await tab.me() for tab in three] == [ADA] * EACH
        assert await told(three) == {"loggedIn"}
        (session,) = await sessions(rules)
        assert (await session_row(rules, session))["generation"] == 1


async def test_an_offline_spell_in_the_middle_of_a_refresh(
    started: Serve, tabs_on: TabsOn, profile: BrowserContext
) -> None:
    """Who asks meanwhile is told so; once the network is back, the pages go on by themselves."""
    async with LossyProxy(started(access_token_ttl=2).port) as proxy:
        tabs, _ = await logged_in(tabs_on, proxy)
        three = await tabs.restored(EACH)
        proxy.lose_answers()
        refreshing = [asyncio.create_task(tab.refresh()) for tab in three]
        await proxy.until_answer_is_lost()
        await profile.set_offline(offline=True)
        assert await asyncio.gather(*refreshing) == ["NETWORK_ERROR"] * EACH
        await asyncio.sleep(2)
        assert [await tab.me() for tab in three] == ["NETWORK_ERROR"] * EACH
        await asyncio.sleep(3)

        proxy.pass_answers()
        before = proxy.refreshes
        await profile.set_offline(offline=False)
        async with asyncio.timeout(60):
            while proxy.refreshes == before:  # noqa: ASYNC110 - nor has a page
                await asyncio.sleep(0.05)
        assert [await tab.me() for tab in three] == [ADA] * EACH
        assert await told(three) == {"loggedIn"}


async def test_a_page_that_is_closed_while_it_refreshes(
    started: Serve, tabs_on: TabsOn, profile: BrowserContext, rules: Auth
) -> None:
    """The cookie arrives all the same, so that tomorrow's refresh is not taken for a thief's."""
    async with LossyProxy(started().port) as proxy:
        tabs, tab = await logged_in(tabs_on, proxy)
        before = await cookie(profile)
        proxy.hold_answers()
        await tab.page.evaluate("void auth.refresh()")
        await proxy.until_refresh_arrives()
        await tab.page.close()
        assert await cookie(profile) == before
        proxy.release_answers()
        async with asyncio.timeout(60):
            while await cookie(profile) == before:  # noqa: ASYNC110 - a jar has no event
                await asyncio.sleep(0.05)
        await (await tabs.open()).until("loggedIn")
        assert len(await sessions(rules)) == 1


async def test_a_laptop_that_sleeps(
    started: Serve, tabs_on: TabsOn, profile: BrowserContext
) -> None:
    """Its clock jumps by a night, and back by years; the next request refreshes, and goes on."""
    tabs, tab = await logged_in(tabs_on, started())
    await tab.page.close()
    await profile.clock.install(time=datetime.now(UTC))
    three = await tabs.restored(EACH)
    await profile.clock.fast_forward(8 * 3600 * 1000)
    assert [await one.me() for one in three] == [ADA] * EACH
    await profile.clock.set_system_time(datetime(2020, 1, 1, tzinfo=UTC))
    assert [await one.me() for one in three] == [ADA] * EACH
    assert await told(three) == {"loggedIn"}


async def test_a_server_that_restarts(started: Serve, tabs_on: TabsOn) -> None:
    """While it is away requests fail, and nobody is logged out."""
    server = started(access_token_ttl=2)
    tabs, _ = await logged_in(tabs_on, server)
    three = await tabs.restored(EACH)
    assert await run_sync(server.stop) == 0
    await asyncio.sleep(2)
    assert [await tab.me() for tab in three] == ["NETWORK_ERROR"] * EACH
    await run_sync(server.start)
    assert [await tab.me() for tab in three] == [ADA] * EACH
    assert await told(three) == {"loggedIn"}


async def test_a_rotation_of_keys(started: Serve, tabs_on: TabsOn, rules: Auth) -> None:
    """Also one after which no token of before is good: each is refused once, and replaced."""
    server = started()
    tabs, _ = await logged_in(tabs_on, server)
    three = await tabs.restored(EACH)
    await rules.signing.keys.rotate(immediately=True)
    assert [await tab.me() for tab in three] == [ADA] * EACH
    await run_sync(server.stop)
    with rules.database.use():
        await SigningKey.all().delete()
    await run_sync(server.start)
    assert await asyncio.gather(*(tab.me() for tab in three)) == [ADA] * EACH
    assert await told(three) == {"loggedIn"}


async def test_a_session_revoked_from_another_device(
    started: Serve, tabs_on: TabsOn, rules: Auth, open_browser: OpenBrowser, profile: BrowserContext
) -> None:
    """The first tab to ask finds out, and every tab learns of it."""
    server = started()
    tabs, _ = await logged_in(tabs_on, server)
    ten = await tabs.restored(10)
    (session,) = await sessions(rules)
    phone = open_browser(server)
    answer = data(await phone.ask(LOGIN, email=ADA, password=PASSWORD, transport="BODY"))
    await phone.ask(REVOKE_SESSION, token=answer["accessToken"], id=str(session))
    assert await ten[0].me() == "UNAUTHENTICATED"
    await until_all(ten, "loggedOut")
    assert await of_sessions(profile) == []
    assert len(await sessions(rules)) == 1


async def test_a_page_that_is_only_looked_at_learns_it_too(
    started: Serve, tabs_on: TabsOn, rules: Auth
) -> None:
    """It renews its token before that expires, and that is when it is told."""
    tabs, tab = await logged_in(tabs_on, started(access_token_ttl=2))

    async def was_renewed() -> bool:
        return (await tab.states()).count("loggedIn") > 1

    await until(was_renewed)
    with rules.database.use():
        await RefreshToken.all().update(revoked_at=datetime.now(UTC))
    await tab.until("loggedOut")
    assert await of_sessions(tabs.profile) == []


async def test_a_logout_in_one_tab_is_one_in_all(
    started: Serve, tabs_on: TabsOn, rules: Auth
) -> None:
    """And a login is, too."""
    tabs, tab = await logged_in(tabs_on, started())
    ten = await tabs.restored(10)
    await ten[3].logout()
    await until_all([tab, *ten], "loggedOut")
    assert await sessions(rules) == []
    assert await ten[4].login() == "AuthPayload"
    await until_all([tab, *ten], "loggedIn")
    assert len(await sessions(rules)) == 1


async def test_a_stolen_old_token_ends_the_session(
    started: Serve, tabs_on: TabsOn, rules: Auth, profile: BrowserContext
) -> None:
    """Ten honest tabs never look like a thief; a thief with a token of before does."""
    tabs, tab = await logged_in(tabs_on, started(refresh_window=3))
    stolen = await cookie(profile)
    for _ in range(2):
        await asyncio.sleep(3.2)
        assert await tab.refresh() == "loggedIn"
    ten = await tabs.restored(10)
    assert len(await sessions(rules)) == 1
    await asyncio.sleep(3.2)
    with pytest.raises(RefreshTokenReused):
        await refresh(rules, stolen)
    assert await ten[0].me() == "UNAUTHENTICATED"
    await until_all([tab, *ten], "loggedOut")
    assert await sessions(rules) == []


async def test_a_throttled_refresh_logs_nobody_out(started: Serve, tabs_on: TabsOn) -> None:
    """The request that wanted it is told to wait; who is there is still there."""
    tabs, _ = await logged_in(tabs_on, started(refresh_attempts="5/hour", access_token_ttl=2))
    three = await tabs.restored(EACH)
    for _ in range(5):
        await three[0].refresh()
    await asyncio.sleep(2)
    assert [await tab.me() for tab in three] == ["TOO_MANY_ATTEMPTS"] * EACH
    assert {await tab.status() for tab in three} == {"loggedIn"}

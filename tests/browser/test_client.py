"""The JavaScript client in Chromium, with each of three libraries, on a real server.

Nobody is logged out who should not be.
"""

import asyncio
from datetime import UTC, datetime
from uuid import UUID

from anyio.to_thread import run_sync
from people import refresh
from playwright.async_api import BrowserContext
from processes import Serve, Server
from rows import session_row
from tab import Open, Tab, Tabs, until_all
from wire import Wire

from authberry import Auth
from authberry.errors import RefreshTokenReused
from authberry.models import RefreshToken, SigningKey

ADA = "ada@example.com"
MINUTES_5 = 5 * 60_000  # milliseconds


async def sessions(rules: Auth) -> list[UUID]:
    """The sessions there are that have not ended."""
    with rules.database.use():
        rows = await RefreshToken.filter(revoked_at=None).values_list("id", flat=True)
        return [UUID(str(row)) for row in rows]


async def cookie(profile: BrowserContext) -> str:
    """The refresh token in the browser's jar."""
    (kept,) = await profile.cookies()
    return kept["value"]


async def logged_in(on: Open, server: Server | Wire, library: str = "apollo") -> tuple[Tabs, Tab]:
    """Open a tab in which Ada has just made her account."""
    tabs = on(server.url, library)
    tab = await tabs.open()
    await tab.until("loggedOut")
    assert await tab.register() == "AuthPayload"
    return tabs, tab


async def test_a_day_with_each_library(
    serve: Serve, on: Open, rules: Auth, library: str, profile: BrowserContext
) -> None:
    """Log in, ask, close the browser, come back, log out; nothing is kept but a cookie."""
    tabs, tab = await logged_in(on, serve(), library)
    assert await tab.me() == ADA
    assert await tab.page.evaluate("[localStorage.length, sessionStorage.length]") == [0, 0]
    assert await tab.page.evaluate("document.cookie") == ""
    await tab.page.close()

    tab = await tabs.open()
    assert await tab.me() == ADA
    assert await tab.states() == ["loggedIn"]
    assert len(await sessions(rules)) == 1
    await tab.logout()
    assert await tab.me() == "UNAUTHENTICATED"
    assert await sessions(rules) == []
    assert await profile.cookies() == []


async def test_a_token_that_expires_is_replaced_without_a_word(
    serve: Serve, on: Open, library: str
) -> None:
    """With tokens that live for two seconds, five seconds of asking never fail."""
    _, tab = await logged_in(on, serve(access_token_ttl=2), library)
    for _ in range(10):
        assert await tab.me() == ADA
        await asyncio.sleep(0.5)
    assert set(await tab.states()) == {"loggedOut", "loggedIn"}
    assert (await tab.states()).count("loggedOut") == 1


async def test_ten_tabs_restored_at_once_are_one_session(
    serve: Serve, on: Open, rules: Auth
) -> None:
    """Each is told who is there, and the server has rotated once."""
    async with Wire(serve().port) as wire:
        tabs, tab = await logged_in(on, wire)
        await tab.page.close()
        before = wire.refreshes
        ten = await tabs.restored()
        assert [await one.me() for one in ten] == [ADA] * 10
        assert [await one.states() for one in ten] == [["loggedIn"]] * 10
        (session,) = await sessions(rules)
        assert (await session_row(rules, session))["generation"] == 1
        # Those that open late enough ask by themselves, and are given the same.
        assert 1 <= wire.refreshes - before <= 10


async def test_ten_tabs_refresh_with_one_request(serve: Serve, on: Open) -> None:
    """Locks let one of them ask, and the others hear from it."""
    async with Wire(serve().port) as wire:
        tabs, _ = await logged_in(on, wire)
        ten = await tabs.restored()
        before = wire.refreshes
        assert await asyncio.gather(*(tab.refresh() for tab in ten)) == ["loggedIn"] * 10
        assert wire.refreshes - before == 1


async def test_an_answer_thrown_away_is_given_again(
    serve: Serve, on: Open, rules: Auth, library: str
) -> None:
    """The server has rotated, and the tab has not heard; its next try gets the same token."""
    async with Wire(serve().port) as wire:
        _, tab = await logged_in(on, wire, library)
        wire.lose_answers()
        assert await tab.refresh() == "NETWORK_ERROR"
        await wire.until_lost()
        assert await tab.status() == "loggedIn"
        wire.mend()
        assert await tab.me() == ADA
        assert await tab.refresh() == "loggedIn"
        (session,) = await sessions(rules)
        assert (await session_row(rules, session))["generation"] == 1


async def test_an_offline_spell_in_the_middle_of_a_refresh(
    serve: Serve, on: Open, profile: BrowserContext, library: str
) -> None:
    """Whoever asks meanwhile is told so, nobody is logged out, and it goes on by itself."""
    async with Wire(serve(access_token_ttl=4).port) as wire:
        tabs, _ = await logged_in(on, wire, library)
        three = await tabs.restored(3)
        wire.lose_answers()
        refreshing = [asyncio.create_task(tab.refresh()) for tab in three]
        await wire.until_lost()
        await profile.set_offline(offline=True)
        assert set(await asyncio.gather(*refreshing)) == {"NETWORK_ERROR"}
        await asyncio.sleep(4.5)
        assert [await tab.me() for tab in three] == ["NETWORK_ERROR"] * 3
        assert {await tab.status() for tab in three} == {"loggedIn"}

        wire.mend()
        before = wire.refreshes
        await profile.set_offline(offline=False)
        async with asyncio.timeout(10):
            while wire.refreshes == before:  # noqa: ASYNC110 - pages have no event here
                await asyncio.sleep(0.05)
        assert [await tab.me() for tab in three] == [ADA] * 3
        assert [await tab.states() for tab in three] == [
            ["loggedIn"] * len(await tab.states()) for tab in three
        ]


async def test_a_page_that_is_closed_while_it_refreshes(
    serve: Serve, on: Open, profile: BrowserContext, rules: Auth
) -> None:
    """The cookie arrives all the same, so that tomorrow's refresh is not taken for a thief's."""
    async with Wire(serve().port) as wire:
        tabs, tab = await logged_in(on, wire)
        before = await cookie(profile)
        await tab.page.evaluate("void auth.refresh()")
        await tab.page.close()
        async with asyncio.timeout(10):
            while await cookie(profile) == before:  # noqa: ASYNC110 - nor has a jar
                await asyncio.sleep(0.05)
        assert (await tabs.open()) and len(await sessions(rules)) == 1


async def test_a_laptop_that_sleeps(serve: Serve, on: Open, profile: BrowserContext) -> None:
    """Its clock jumps by a night, and back; the next request refreshes, and goes on."""
    async with Wire(serve().port) as wire:
        tabs, tab = await logged_in(on, wire)
        await tab.page.close()
        await profile.clock.install(time=datetime.now(UTC))
        three = await tabs.restored(3)
        await profile.clock.fast_forward(8 * 3600 * 1000)
        assert [await one.me() for one in three] == [ADA] * 3
        await profile.clock.set_system_time(datetime(2020, 1, 1, tzinfo=UTC))
        assert [await one.me() for one in three] == [ADA] * 3
        assert {status for one in three for status in await one.states()} == {"loggedIn"}


async def test_a_server_that_restarts(serve: Serve, on: Open, library: str) -> None:
    """While it is away requests fail, and nobody is logged out."""
    server = serve(access_token_ttl=2)
    _, tab = await logged_in(on, server, library)
    assert await run_sync(server.stop) == 0
    await asyncio.sleep(2)
    assert await tab.me() == "NETWORK_ERROR"
    assert await tab.status() == "loggedIn"
    await run_sync(server.start)
    assert await tab.me() == ADA
    assert set(await tab.states()) == {"loggedOut", "loggedIn"}
    assert (await tab.states())[0] == "loggedOut"
    assert "loggedOut" not in (await tab.states())[1:]


async def test_a_rotation_of_keys(serve: Serve, on: Open, rules: Auth, library: str) -> None:
    """Also one after which no token of before is good: each is refused once, and replaced."""
    server = serve()
    _, tab = await logged_in(on, server, library)
    await rules.keys.rotate(immediately=True)
    assert await tab.me() == ADA
    await run_sync(server.stop)
    with rules.database.use():
        await SigningKey.all().delete()
    await run_sync(server.start)
    assert await tab.me() == ADA
    assert "loggedOut" not in (await tab.states())[1:]


async def test_a_session_revoked_from_another_device(
    serve: Serve, on: Open, rules: Auth, profile: BrowserContext, library: str
) -> None:
    """The first tab to ask finds out, and every tab learns of it."""
    tabs, _ = await logged_in(on, serve(), library)
    ten = await tabs.restored()
    (session,) = await sessions(rules)
    with rules.database.use():
        owner = (await RefreshToken.get(id=session)).user_id
    await rules.sessions.revoke(owner, session)
    assert await ten[0].me() == "UNAUTHENTICATED"
    await until_all(ten, "loggedOut")
    assert await profile.cookies() == []


async def test_a_logout_in_one_tab_is_one_in_all(serve: Serve, on: Open, rules: Auth) -> None:
    """And a login is, too."""
    tabs, tab = await logged_in(on, serve())
    ten = await tabs.restored()
    await ten[3].logout()
    await until_all([tab, *ten], "loggedOut")
    assert await sessions(rules) == []
    assert await ten[4].login() == "AuthPayload"
    await until_all([tab, *ten], "loggedIn")
    assert len(await sessions(rules)) == 1


async def test_a_stolen_old_token_ends_the_session(
    serve: Serve, on: Open, rules: Auth, profile: BrowserContext
) -> None:
    """Ten honest tabs never look like a thief; a thief with a token of before does."""
    tabs, tab = await logged_in(on, serve(refresh_window=1))
    stolen = await cookie(profile)
    for _ in range(2):
        await asyncio.sleep(1.2)
        assert await tab.refresh() == "loggedIn"
    ten = await tabs.restored()
    assert len(await sessions(rules)) == 1
    await asyncio.sleep(1.2)
    try:
        await refresh(rules, stolen)
    except RefreshTokenReused:
        pass
    else:
        raise AssertionError("the thief was let in")
    assert await ten[0].me() == "UNAUTHENTICATED"
    await until_all([tab, *ten], "loggedOut")
    assert await sessions(rules) == []


async def test_a_throttled_refresh_logs_nobody_out(serve: Serve, on: Open) -> None:
    """The request that wanted it is told to wait; who is there is still there."""
    tabs, tab = await logged_in(on, serve(refresh_attempts="3/hour", access_token_ttl=2))
    for _ in range(5):
        await tab.refresh()
    await asyncio.sleep(2)
    assert await tab.me() == "TOO_MANY_ATTEMPTS"
    assert await tab.status() == "loggedIn"
    del tabs

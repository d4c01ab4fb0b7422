"""The JavaScript client in Chromium, where a cookie alone stands for who is logged in."""

import pytest
from browser import DEVICE, data
from browser_tab import LIBRARIES, BrowserTab, BrowserTabs, until_all
from documents import LOGIN, REVOKE_SESSION
from old_logins import grow_old
from people import PASSWORD
from playwright.async_api import BrowserContext, Cookie, Request
from processes import OpenBrowser, Serve, Server

from authberry import Auth
from authberry.models import RefreshToken, User

ADA = "ada@example.com"
COOKIE = "authberry_session"
PROVE = f"prove = async () => ({{ password: '{PASSWORD}' }}); undefined"
WANTS_PROOF = (
    "auth.request('mutation { removeFactor(id: \"none\") { __typename } }')"
    ".then(({ removeFactor }) => removeFactor.__typename, ({ code }) => code)"
)


@pytest.fixture
def server(started: Serve) -> Server:
    """A server."""
    return started()


@pytest.fixture
def tabs(server: Server, profile: BrowserContext, pages: str) -> BrowserTabs:
    """Tabs whose client holds nothing."""
    return BrowserTabs(profile, pages, server.url, transport="SESSION")


async def logged_in(tabs: BrowserTabs, library: str = "") -> BrowserTab:
    """Open a tab in which Ada has just made her account."""
    tab = await tabs.open(library)
    await tab.until("loggedOut")
    assert await tab.register() == "AuthPayload"
    return tab


async def cookies(profile: BrowserContext) -> list[Cookie]:
    """What is in the jar, beside what the device is known by, which stays."""
    return [one for one in await profile.cookies() if one["name"] not in DEVICE]


async def live_sessions(rules: Auth) -> list[RefreshToken]:
    """The sessions there are that have not ended."""
    with rules.database.use():
        return await RefreshToken.filter(revoked_at=None)


@pytest.mark.parametrize("library", LIBRARIES)
async def test_a_day_with_each_library(
    tabs: BrowserTabs, rules: Auth, library: str, profile: BrowserContext
) -> None:
    """Log in, ask, come back, log out: by one cookie, which no script sees, and without a token."""
    sent: list[Request] = []

    def note(request: Request) -> None:
        sent.append(request)

    profile.on("request", note)
    tab = await logged_in(tabs, library)
    assert await tab.me() == ADA
    (kept,) = await cookies(profile)
    assert (kept["name"], kept["httpOnly"], kept["sameSite"]) == (COOKIE, True, "Lax")
    assert await tab.page.evaluate("[document.cookie, localStorage.length]") == ["", 0]
    assert await tab.page.evaluate("sessionStorage.length") == 0

    await tab.page.reload()
    assert await tab.me() == ADA
    await tab.until("loggedIn")
    assert await tab.states() == ["loggedIn"]
    assert await cookies(profile) == [kept]
    assert len(await live_sessions(rules)) == 1

    await tab.logout()
    assert await tab.me() == "UNAUTHENTICATED"
    assert await live_sessions(rules) == []
    assert await cookies(profile) == []
    assert not any("authorization" in request.headers for request in sent)
    assert not any("refreshToken {" in (request.post_data or "") for request in sent)


async def test_a_login_and_a_logout_in_one_tab_are_ones_in_all(
    tabs: BrowserTabs, rules: Auth
) -> None:
    """They are told, and have not asked."""
    first, second = await tabs.open(), await tabs.open()
    await until_all([first, second], "loggedOut")
    asked = second.requests_of("query Who")
    assert await first.register() == "AuthPayload"
    await until_all([first, second], "loggedIn")
    await second.logout()
    await until_all([first, second], "loggedOut")
    assert await live_sessions(rules) == []
    assert await first.login() == "AuthPayload"
    await until_all([first, second], "loggedIn")
    assert asked == []


async def test_a_session_that_was_ended_from_another_device(
    server: Server, tabs: BrowserTabs, rules: Auth, open_browser: OpenBrowser
) -> None:
    """The first tab to ask finds out, and every tab is told why."""
    await logged_in(tabs)
    six = await tabs.restored(6)
    (session,) = await live_sessions(rules)
    phone = open_browser(server)
    answer = data(await phone.ask(LOGIN, email=ADA, password=PASSWORD, transport="BODY"))
    await phone.ask(REVOKE_SESSION, token=answer["accessToken"], id=str(session.id))
    assert {await tab.status() for tab in six} == {"loggedIn"}
    assert await six[0].me() == "UNAUTHENTICATED"
    await until_all(six, "loggedOut")
    reasons = {await tab.page.evaluate("auth.state.reason") for tab in six}
    assert reasons == {"SESSION_REVOKED"}


async def test_a_fresh_proof_gives_the_session_another_cookie(
    tabs: BrowserTabs, rules: Auth, profile: BrowserContext
) -> None:
    """A request that wants one waits for it, and is sent again; the other tab goes on with it."""
    tab, other = await logged_in(tabs), await tabs.open()
    await other.until("loggedIn")
    (before,) = await cookies(profile)
    with rules.database.use():
        ada = await User.get(email=ADA)
    await grow_old(rules, ada)
    assert await tab.page.evaluate(WANTS_PROOF) == "UNAUTHENTICATED"
    assert await cookies(profile) == [before]

    await tab.page.evaluate(PROVE)
    assert await tab.page.evaluate(WANTS_PROOF) == "FactorNotFound"
    (after,) = await cookies(profile)
    assert after["value"] != before["value"]
    assert await other.page.evaluate(WANTS_PROOF) == "FactorNotFound"
    assert [await one.me() for one in (tab, other)] == [ADA, ADA]
    assert len(await live_sessions(rules)) == 1


async def test_an_offline_spell_logs_nobody_out(tabs: BrowserTabs, profile: BrowserContext) -> None:
    """Requests fail meanwhile; who was known stays so, and who was not is found out afterwards."""
    tab = await logged_in(tabs)
    await profile.route("**/graphql", lambda route: route.abort())
    opened = await tabs.open()
    assert await opened.page.evaluate("auth.restore().then(({ status }) => status)") == "unknown"
    await profile.set_offline(offline=True)
    assert [await one.refresh() for one in (tab, opened)] == ["NETWORK_ERROR"] * 2
    assert [await one.status() for one in (tab, opened)] == ["loggedIn", "unknown"]
    await profile.unroute("**/graphql")
    await profile.set_offline(offline=False)
    await opened.until("loggedIn")
    assert [await one.me() for one in (tab, opened)] == [ADA, ADA]
    assert await tab.states() == ["loggedOut", "loggedIn"]


async def test_an_access_token_is_there_for_who_asks_for_one(
    server: Server, tabs: BrowserTabs, profile: BrowserContext, open_browser: OpenBrowser
) -> None:
    """It is good where no cookie is, and the cookie stays as it is."""
    tab = await logged_in(tabs)
    before = await cookies(profile)
    assert await tab.page.evaluate("auth.currentAccessToken") is None
    token = await tab.page.evaluate("auth.accessToken()")
    elsewhere = open_browser(server)
    answer = await elsewhere.ask("{ me { email } }", token=token)
    assert answer.json()["data"] == {"me": {"email": ADA}}
    assert await cookies(profile) == before

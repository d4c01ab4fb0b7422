"""Logging in at a provider by the JavaScript client: the page leaves, or opens a window."""

from typing import Any

import pytest
from browser_tab import BrowserTab, BrowserTabs
from playwright.async_api import BrowserContext, Page, Route, expect
from processes import Server
from provider_pages import PostingProvider, identities, log_in_there, refuse_there

from authberry import Auth

TYPE = ".then((answer) => answer.__typename, (error) => error.code)"


@pytest.fixture
async def tabs(profile: BrowserContext, pages: str, server: Server) -> BrowserTabs:
    """Open tabs of an application beside the service, which is another site than the providers."""
    await profile.route("https://**/*", _nothing)
    return BrowserTabs(profile, pages.replace("127.0.0.1", "localhost"), server.url)


async def _nothing(route: Route) -> None:
    await route.fulfill(content_type="text/css", body="")


@pytest.fixture
async def tab(tabs: BrowserTabs) -> BrowserTab:
    """A tab in which nobody is logged in."""
    tab = await tabs.open()
    await tab.until("loggedOut")
    return tab


async def open_window(tab: BrowserTab, provider: str = "acme", **options: str) -> Page:
    """Have the client log in in a window of its own; `answered` will be the type of the end."""
    async with tab.page.expect_popup() as opening:
        await tab.page.evaluate(
            "([provider, options]) => { delete window.answered;"
            f" auth.loginWith(provider, {{ popup: true, ...options }}){TYPE}"
            ".then((answered) => Object.assign(window, { answered })); }",
            [provider, options],
        )
    return await opening.value


async def answer(tab: BrowserTab) -> Any:
    """What has come of it."""
    handle = await tab.page.wait_for_function("window.answered")
    return await handle.json_value()


async def test_the_page_leaves_and_completes_the_login_where_it_is_back(
    tab: BrowserTab, rules: Auth, address: str
) -> None:
    """At the address that it had; a reload asks nothing more."""
    before = tab.page.url
    await tab.page.evaluate("void auth.loginWith('acme')")
    await log_in_there(tab.page, address)
    await tab.page.wait_for_function("window.back")
    await tab.until("loggedIn")
    assert tab.page.url == before
    assert await tab.page.evaluate(f"back{TYPE}") == "AuthPayload"
    assert await tab.me() == address
    assert await identities(rules, address) == [("acme", address)]
    sent = tab.requests_of("completeExternalLogin")
    await tab.page.reload()
    await tab.until("loggedIn")
    assert sent == []


async def test_a_window_closes_itself_and_the_page_has_the_answer(
    tabs: BrowserTabs, tab: BrowserTab, address: str
) -> None:
    """So have all other tabs; the page was there all the time."""
    other = await tabs.open()
    await other.until("loggedOut")
    await tab.page.evaluate("window.same = true")
    window = await open_window(tab)
    async with window.expect_event("close"):
        await log_in_there(window, address)
    assert await answer(tab) == "AuthPayload"
    assert await tab.status() == "loggedIn"
    assert await tab.page.evaluate("same")
    await other.until("loggedIn")
    assert await other.me() == address


async def test_a_window_that_is_closed_is_an_error(tab: BrowserTab, address: str) -> None:
    """And the next one logs in."""
    window = await open_window(tab)
    await window.locator("[name=login]").wait_for()
    await window.close()
    assert await answer(tab) == "POPUP_CLOSED"
    window = await open_window(tab)
    await log_in_there(window, address)
    assert await answer(tab) == "AuthPayload"


async def test_a_window_that_is_not_opened_is_an_error(tab: BrowserTab) -> None:
    """As where the browser thinks that nobody has pressed anything; the server is asked nothing."""
    sent = tab.requests_of("beginExternalLogin")
    await tab.page.evaluate("window.open = () => null")
    code: str = await tab.page.evaluate(f"auth.loginWith('acme', {{ popup: true }}){TYPE}")
    assert code == "POPUP_BLOCKED"
    assert not sent


async def test_a_refusal_there_is_an_answer_and_an_absence_an_error(tab: BrowserTab) -> None:
    """The window is gone either way."""
    window = await open_window(tab)
    async with window.expect_event("close"):
        await refuse_there(window)
    assert await answer(tab) == "ExternalLoginFailed"
    window = await open_window(tab, "gone")
    async with window.expect_event("close"):
        assert await answer(tab) == "SERVICE_UNAVAILABLE"
    assert await tab.status() == "loggedOut"


async def test_a_provider_may_cut_the_tie_between_the_windows(
    tab: BrowserTab, apple: PostingProvider, address: str
) -> None:
    """The window looks closed then, but the person is there; its word arrives by another way."""
    apple.claims = {"email": address, "sub": address}
    apple.page_headers = (b"Cross-Origin-Opener-Policy: same-origin",)
    # What a browser with real windows says of a page behind another one.
    await tab.page.evaluate("document.hasFocus = () => false")
    window = await open_window(tab, "apple")
    button = window.get_by_role("button", name="Continue")
    await button.wait_for()
    assert await window.evaluate("window.opener") is None
    await button.click()
    assert await answer(tab) == "AuthPayload"
    assert await tab.me() == address


async def test_a_window_whose_page_has_gone_on_completes_the_login_itself(
    tab: BrowserTab, address: str
) -> None:
    """It stays, and both know who is logged in."""
    window = await open_window(tab)
    await window.locator("[name=login]").wait_for()
    await tab.page.reload()
    await tab.until("loggedOut")
    await log_in_there(window, address)
    await tab.until("loggedIn")
    assert await window.evaluate(f"back{TYPE}") == "AuthPayload"
    assert await tab.me() == address


async def test_two_windows_at_two_providers_end_with_one_person(
    tabs: BrowserTabs, tab: BrowserTab, address: str
) -> None:
    """Whoever has come last; each tab has its own answer, and all show the same."""
    other = await tabs.open()
    await other.until("loggedOut")
    one, two = await open_window(tab, "acme"), await open_window(other, "other")
    await log_in_there(two, f"other-{address}")
    assert await answer(other) == "AuthPayload"
    await log_in_there(one, address)
    assert await answer(tab) == "AuthPayload"
    for one_of_them in (tab, other):
        assert await one_of_them.me() == address


async def test_whoever_is_logged_in_links_another_login(
    tab: BrowserTab, rules: Auth, address: str
) -> None:
    """In a window, or by leaving the page; the session goes on."""
    await log_in_there(await open_window(tab), address)
    assert await answer(tab) == "AuthPayload"
    await log_in_there(await open_window(tab, "other", intent="LINK"), f"work-{address}")
    assert await answer(tab) == "IdentityLinked"
    await tab.page.evaluate("before = auth.loginWith('acme', { intent: 'LINK' }), undefined")
    await tab.page.wait_for_function("!window.before && window.back")
    assert await tab.page.evaluate(f"back{TYPE}") == "IdentityLinked"
    linked = [("acme", address), ("other", f"work-{address}")]
    assert await identities(rules, address) == linked


async def test_nothing_of_it_is_loaded_before_it_is_used(tab: BrowserTab, address: str) -> None:
    """It is a module of its own."""
    loaded: list[str] = []
    tab.page.on("requestfinished", lambda one: loaded.append(one.url))
    await tab.page.reload()
    await tab.until("loggedOut")
    assert await tab.register(address) == "AuthPayload"
    await tab.logout()
    assert not any("external-logins" in url for url in loaded)
    async with tab.page.expect_request("**/external-logins-*.js"):
        await open_window(tab)
    await expect(tab.page).not_to_have_url("about:blank")

"""GraphiQL's form offers what the server is configured with, and logs in there in a window."""

from graphiql_page import GraphiQLPage
from people import PASSWORD
from playwright.async_api import BrowserContext, Route, expect
from processes import Server
from provider_pages import identities, log_in_there, refuse_there
from screenshots import TakeScreenshot

from authberry import Auth
from authberry.models import User


async def open_page(profile: BrowserContext, server: Server) -> GraphiQLPage:
    """Open it; its providers are other sites, and nothing else is reached."""
    await profile.route("https://**/*", _nothing)
    tab = GraphiQLPage(await profile.new_page())
    await tab.page.goto(f"{server.url}/graphql")
    await tab.until_ready()
    return tab


async def _nothing(route: Route) -> None:
    await route.fulfill(content_type="text/css", body="")


async def test_somebody_logs_in_at_a_provider(
    profile: BrowserContext,
    server: Server,
    rules: Auth,
    address: str,
    take_screenshot: TakeScreenshot,
) -> None:
    """What stands in the editor stays, and whoever says no is told so."""
    tab = await open_page(profile, server)
    await expect(tab.bar.get_by_role("button", name="Continue with")).to_have_count(4)
    await take_screenshot(tab.page, "providers-graphiql")
    await tab.page.evaluate("window.same = true")
    button = tab.bar.get_by_role("button", name="Continue with Acme")
    async with tab.page.expect_popup() as opening:
        await button.click()
    async with (await opening.value).expect_event("close"):
        await refuse_there(await opening.value)
    await expect(tab.bar.get_by_role("alert")).to_have_text(
        "The login was cancelled at the provider."
    )
    async with tab.page.expect_popup() as opening:
        await button.click()
    async with (await opening.value).expect_event("close"):
        await log_in_there(await opening.value, address)
    await tab.shows(address)
    assert await tab.page.evaluate("same")
    assert await identities(rules, address) == [("acme", address)]
    assert tab.complaints == []


async def test_an_account_that_is_there_is_logged_in_to_first(
    profile: BrowserContext, server: Server, rules: Auth, ada: User
) -> None:
    """The form says so; and a password logs in."""
    tab = await open_page(profile, server)
    async with tab.page.expect_popup() as opening:
        await tab.bar.get_by_role("button", name="Continue with Acme").click()
    await log_in_there(await opening.value, ada.email)
    await expect(tab.bar.get_by_role("alert")).to_contain_text("log in to it, and link this")
    await tab.log_in(ada.email, PASSWORD)
    await tab.shows(ada.email)
    assert await identities(rules, ada.email) == []
    assert tab.complaints == []

"""Logging in at a provider by our own pages: there and back, and whatever may come between."""

from urllib.parse import urlsplit

from account_pages import AccountPages, NewTab, accessibility_violations, fits
from people import PASSWORD
from playwright.async_api import Request, expect
from processes import Server
from provider_pages import PostingProvider, identities, log_in_there, press, refuse_there
from screenshots import TakeScreenshot

from authberry import Auth
from authberry.models import ExternalLogin, User


async def accounts(rules: Auth, address: str) -> int:
    """How many there are of an address."""
    with rules.database.use():
        return await User.filter(email=address).count()


async def test_somebody_logs_in_there_and_is_logged_in_here(
    tab: AccountPages,
    new_tab: NewTab,
    rules: Auth,
    server: Server,
    address: str,
    take_screenshot: TakeScreenshot,
    language: str,
) -> None:
    """An account is made; the second time, in another browser, it is the same one."""
    sent: list[Request] = []

    def note(request: Request) -> None:
        sent.append(request)

    tab.page.on("request", note)
    await tab.open("register")
    await take_screenshot(tab.page, f"providers-register-{language}", whole=True)
    await press(tab, "acme")
    await log_in_there(tab.page, address)
    await tab.is_inside("Ada")
    assert await identities(rules, address) == [("acme", address)]
    await take_screenshot(tab.page, f"providers-account-{language}", whole=True)
    ours = [one for one in sent if one.url.startswith(server.url)]
    said = [one for one in ours if "code=" in one.url or "state=" in one.url]
    assert [urlsplit(one.url).path for one in said] == ["/external/acme/callback"]
    referrers = [(await one.all_headers()).get("referer") for one in ours if one not in said]
    assert not any("code=" in one or "external" in one for one in referrers if one)
    assert address not in server.log

    other = await new_tab(color_scheme="dark")
    await other.open("login")
    await take_screenshot(other.page, f"providers-login-{language}", whole=True)
    await press(other, "acme")
    await log_in_there(other.page, address)
    await other.is_inside("Ada")
    assert await accounts(rules, address) == 1
    assert await identities(rules, address) == [("acme", address)]


async def test_whoever_says_no_there_is_told_so_and_logs_in_otherwise(
    tab: AccountPages, ada: User, take_screenshot: TakeScreenshot, language: str
) -> None:
    """Nothing was made of it."""
    await tab.open("login")
    await press(tab, "acme")
    await refuse_there(tab.page)
    await tab.says("EXTERNAL_LOGIN_FAILED.denied")
    await take_screenshot(tab.page, f"providers-denied-{language}")
    await tab.page.get_by_role("link", name=tab.texts.page["to.login.again"]).click()
    await tab.send("login", {"email": ada.email, "password": PASSWORD})
    await tab.is_inside("Ada")


async def test_back_from_the_provider_is_the_page_as_it_was(
    tab: AccountPages, rules: Auth, address: str
) -> None:
    """Its buttons work, and back from the account leads to no page that is over."""
    await tab.open("login")
    await press(tab, "acme")
    await tab.page.locator("[name=login]").wait_for()
    await tab.page.go_back()
    await press(tab, "acme")
    await log_in_there(tab.page, address)
    await tab.is_inside("Ada")
    await tab.page.evaluate("history.back()")
    await expect(tab.page).not_to_have_url(tab.url)
    assert "/external" not in urlsplit(tab.page.url).path


async def test_a_page_that_nothing_comes_back_to_says_so(tab: AccountPages) -> None:
    """Opened by hand, or by the button to go back."""
    await tab.open("external")
    await tab.says("INVALID_TOKEN.completeExternalLogin")
    await expect(tab.page.locator("button:visible")).to_have_count(0)


async def test_a_double_click_goes_there_once(tab: AccountPages, rules: Auth, address: str) -> None:
    """The second press finds the button busy."""
    sent: list[str] = []
    tab.page.on("request", lambda one: sent.append(one.post_data or ""))
    await tab.open("login")
    name = tab.texts.page["provider.continue"].format(provider="Acme")
    await tab.page.get_by_role("button", name=name, exact=True).dblclick()
    await log_in_there(tab.page, address)
    await tab.is_inside("Ada")
    assert sum("mutation BeginExternalLogin" in body for body in sent) == 1


async def test_two_providers_at_once_in_two_tabs(
    new_tab: NewTab, rules: Auth, address: str
) -> None:
    """Each answer is taken for its own, in whichever order they come."""
    one = await new_tab()
    two = await new_tab(one.page.context)
    for tab, provider in ((one, "acme"), (two, "other")):
        await tab.open("login")
        await press(tab, provider)
        await tab.page.locator("[name=login]").wait_for()
    await log_in_there(two.page, f"other-{address}")
    await two.is_inside("Ada")
    await log_in_there(one.page, address)
    await one.is_inside("Ada")
    assert await identities(rules, address) == [("acme", address)]
    assert await identities(rules, f"other-{address}") == [("other", f"other-{address}")]


async def test_an_answer_may_come_by_a_post_from_another_site(
    tab: AccountPages, apple: PostingProvider, rules: Auth, address: str
) -> None:
    """As Apple's does, with which no cookie comes that keeps to its site."""
    apple.claims = {"email": address, "sub": address}
    await tab.open("login")
    await press(tab, "apple")
    async with tab.page.expect_request("**/external/apple/callback") as posting:
        await tab.page.get_by_role("button", name="Continue", exact=True).click()
    assert (await posting.value).method == "POST"
    await tab.is_inside("Ada")
    assert await identities(rules, address) == [("apple", address)]


WATCH_BUSY = """(form) => {
  form.busy = []
  const keep = () => form.busy.push(form.getAttribute('aria-busy'))
  new MutationObserver(keep).observe(form, { attributeFilter: ['aria-busy'] })
}"""
"""Has a form remember whether it said that it is busy, however short that was."""


async def test_a_provider_that_is_away_leaves_the_rest_as_it_is(
    tab: AccountPages, ada: User, take_screenshot: TakeScreenshot, language: str
) -> None:
    """Its button is busy until it says so; a password logs in before that and after it."""
    await tab.open("login")
    form = tab.page.locator("form[data-provider=away]")
    await form.evaluate(WATCH_BUSY)
    await press(tab, "away")
    # Within five seconds by itself, and long before the page gives up.
    text = tab.texts.script["SERVICE_UNAVAILABLE.loginWith"]
    said = tab.page.get_by_role("status").filter(has_text=text)
    await expect(said).to_be_visible(timeout=20_000)
    assert await form.evaluate("(form) => form.busy") == ["true", None]
    await take_screenshot(tab.page, f"providers-away-{language}", whole=True)
    await press(tab, "away")
    await tab.send("login", {"email": ada.email, "password": PASSWORD})
    await tab.is_inside("Ada")


async def test_at_another_address_of_the_service_it_is_said_which_is_right(
    tab: AccountPages, server: Server, port: int
) -> None:
    """The provider leads there, and the cookies of this one do not go along."""
    sent: list[str] = []
    tab.page.on("request", lambda one: sent.append(one.post_data or ""))
    await tab.open(f"http://127.0.0.1:{port}/account/login")
    await press(tab, "acme")
    await tab.says("elsewhere", url=tab.url)
    assert not any("BeginExternalLogin" in body for body in sent)


async def test_a_tab_that_is_closed_there_leaves_nothing_behind(
    new_tab: NewTab, rules: Auth, address: str
) -> None:
    """Nobody is logged in by it, and the next one is."""
    tab = await new_tab()
    await tab.open("login")
    await press(tab, "acme")
    await tab.page.locator("[name=login]").wait_for()
    profile = tab.page.context
    await tab.page.close()
    next_ = await new_tab(profile)
    await next_.open("login")
    await press(next_, "acme")
    await log_in_there(next_.page, address)
    await next_.is_inside("Ada")
    with rules.database.use():
        assert await ExternalLogin.filter(answered_at__isnull=False, user_id=None).count() == 0


async def test_all_of_it_is_for_everybody(
    new_tab: NewTab, address: str, axe: str, language: str
) -> None:
    """By keyboard, without barriers, in light and dark, and on the narrowest screen."""
    for scheme in ("light", "dark"):
        tab = await new_tab(color_scheme=scheme)
        for page in ("login", "register", "external"):
            await tab.open(page)
            assert await accessibility_violations(tab, axe) == []
            await fits(tab)
        await tab.open("login")
        await tab.tab_to(tab.texts.page["provider.continue"].format(provider="Acme"))
        await tab.page.keyboard.press("Enter")
        await log_in_there(tab.page, address)
        await tab.is_inside("Ada")
        assert await accessibility_violations(tab, axe) == []
        await fits(tab)

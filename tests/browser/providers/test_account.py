"""Accounts elsewhere on the page of an account: linked, unlinked, and asked once more."""

from account_pages import AccountPages, NewTab
from old_logins import grow_old
from people import PASSWORD
from playwright.async_api import Locator, expect
from provider_pages import identities, log_in_there, press, refuse_there, say_who
from screenshots import TakeScreenshot

from authberry import Auth
from authberry.models import User


def rows(tab: AccountPages) -> Locator:
    """What is linked, as the page shows it."""
    return tab.page.locator("#identities-list > li")


async def somebody(rules: Auth, address: str) -> User:
    """Whoever has that address."""
    with rules.database.use():
        return await User.get(email=address)


async def test_a_login_elsewhere_is_linked_logs_in_and_is_unlinked(
    tab: AccountPages,
    ada: User,
    rules: Auth,
    take_screenshot: TakeScreenshot,
    language: str,
) -> None:
    """Whatever address it has there; two of one provider are two."""
    await tab.log_in(ada.email, PASSWORD)
    await tab.is_inside("Ada")
    await expect(tab.page.locator("#no-identities")).to_be_visible()
    await press(tab, "acme", "link")
    await log_in_there(tab.page, f"work-{ada.email}")
    await tab.says("linked")
    await expect(rows(tab)).to_have_count(1)
    await expect(rows(tab)).to_contain_text(f"work-{ada.email}")
    assert tab.page.url == tab.url
    await take_screenshot(tab.page, f"providers-linked-{language}")
    assert await identities(rules, ada.email) == [("acme", f"work-{ada.email}")]
    await tab.page.reload()
    await tab.is_inside("Ada")
    await expect(tab.page.locator("#identities ~ .outcome")).to_be_empty()

    await tab.send("logout")
    await expect(tab.form("login")).to_be_visible()
    await press(tab, "acme")
    await tab.is_inside("Ada")
    await tab.send("unlinkIdentity")
    await tab.says("done.unlinkIdentity")
    await expect(rows(tab)).to_have_count(0)
    assert await identities(rules, ada.email) == []
    await expect(tab.page.locator("#events-list")).to_contain_text(
        tab.texts.script["event.identity_unlinked"]
    )


async def test_linking_and_unlinking_want_a_recent_login(
    tab: AccountPages, ada: User, rules: Auth
) -> None:
    """It is proved in a dialog; then the page leaves, or the row is gone."""
    await tab.log_in(ada.email, PASSWORD)
    await tab.is_inside("Ada")
    await grow_old(rules, ada)
    await tab.page.reload()
    await tab.is_inside("Ada")
    await press(tab, "acme", "link")
    await tab.send("provePassword", {"password.current": PASSWORD})
    await log_in_there(tab.page, ada.email)
    await tab.says("linked")
    await grow_old(rules, ada)
    await tab.page.reload()
    await tab.is_inside("Ada")
    await tab.send("unlinkIdentity")
    await tab.send("provePassword", {"password.current": PASSWORD})
    await tab.says("done.unlinkIdentity")
    assert await identities(rules, ada.email) == []


async def test_a_provider_proves_once_more_who_it_is(
    tab: AccountPages, rules: Auth, address: str, take_screenshot: TakeScreenshot, language: str
) -> None:
    """For whoever has no password: only what is linked is offered; then they press once more."""
    await tab.open("login")
    await press(tab, "acme")
    await log_in_there(tab.page, address)
    await tab.is_inside("Ada")
    await grow_old(rules, await somebody(rules, address))
    await tab.page.reload()
    await tab.is_inside("Ada")
    await tab.send("beginTotpEnrollment")
    dialog = tab.page.get_by_role("dialog", name=tab.texts.page["step-up.title"])
    await expect(dialog.locator("form[data-provider]:visible")).to_have_count(1)
    await take_screenshot(tab.page, f"providers-step-up-{language}")
    await press(tab, "acme", "prove")
    await say_who(tab.page, address)
    await tab.says("proved")
    await tab.send("beginTotpEnrollment")
    await expect(tab.page.locator("#app-secret")).to_be_visible()


async def test_somebody_elses_login_proves_nothing(
    tab: AccountPages, rules: Auth, address: str
) -> None:
    """It is said, and whoever is logged in still is."""
    await tab.open("login")
    await press(tab, "acme")
    await log_in_there(tab.page, address)
    await tab.is_inside("Ada")
    await grow_old(rules, await somebody(rules, address))
    await tab.page.reload()
    await tab.is_inside("Ada")
    await tab.send("beginTotpEnrollment")
    await press(tab, "acme", "prove")
    await log_in_there(tab.page, f"mallory-{address}")
    await tab.says("INVALID_PROOF.comeBack")
    await tab.is_inside("Ada")


async def test_the_last_way_in_stays(tab: AccountPages, rules: Auth, address: str) -> None:
    """Here the mailbox is another one, unless the provider has not seen to it."""
    await tab.open("login")
    await press(tab, "acme")
    await log_in_there(tab.page, f"{address}?")
    await tab.is_inside("Ada")
    await tab.send("unlinkIdentity")
    await tab.says("LAST_WAY_IN")
    await expect(rows(tab)).to_have_count(1)
    assert await identities(rules, address) == [("acme", f"{address}?")]


async def test_what_is_linked_to_somebody_else_stays_theirs(
    tab: AccountPages, new_tab: NewTab, ada: User, rules: Auth, address: str
) -> None:
    """It is said to whoever wanted it, and so is a change of mind."""
    other = await new_tab()
    await other.open("login")
    await press(other, "acme")
    await log_in_there(other.page, f"bob-{address}")
    await other.is_inside("Ada")
    await tab.log_in(ada.email, PASSWORD)
    await tab.is_inside("Ada")
    await press(tab, "acme", "link")
    await log_in_there(tab.page, f"bob-{address}")
    await tab.says("IDENTITY_IN_USE")
    assert await identities(rules, ada.email) == []
    await press(tab, "other", "link")
    await refuse_there(tab.page)
    await tab.says("EXTERNAL_LOGIN_FAILED.denied")


async def test_back_from_the_provider_is_the_account_as_it_was(
    tab: AccountPages, ada: User, rules: Auth
) -> None:
    """Nothing is said, since nothing has happened."""
    await tab.log_in(ada.email, PASSWORD)
    await tab.is_inside("Ada")
    await press(tab, "acme", "link")
    await tab.page.locator("[name=login]").wait_for()
    await tab.page.go_back()
    await tab.is_inside("Ada")
    await expect(tab.page.locator("#identities ~ .outcome")).to_be_empty()
    await press(tab, "away", "link")
    await tab.says("SERVICE_UNAVAILABLE.linkIdentity")
    assert await identities(rules, ada.email) == []

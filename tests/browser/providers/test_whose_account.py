"""Somebody comes from a provider whose address has an account here already, and proves it."""

from account_pages import AccountPages, NewTab, accessibility_violations, fits
from codes import code
from inbox import Inbox
from people import PASSWORD
from playwright.async_api import expect
from provider_pages import identities, log_in_there, press
from screenshots import TakeScreenshot
from virtual_authenticator import VirtualAuthenticator

from authberry import Auth
from authberry.models import ExternalIdentity, RefreshToken, Totp, User


async def come(tab: AccountPages, account: str, provider: str = "acme") -> None:
    """Log in at a provider."""
    await tab.open("login")
    await press(tab, provider)
    await log_in_there(tab.page, account)


async def test_a_password_proves_the_account_and_links_it(
    tab: AccountPages,
    ada: User,
    rules: Auth,
    axe: str,
    take_screenshot: TakeScreenshot,
    language: str,
) -> None:
    """Nothing is linked before it is right; a reload of the page asks again."""
    await come(tab, ada.email)
    whose = tab.texts.script["whose"].format(email=ada.email, provider="Acme")
    await expect(tab.page.get_by_text(whose)).to_be_visible()
    await expect(tab.page.get_by_label(tab.texts.page["password.account"])).to_be_focused()
    await take_screenshot(tab.page, f"providers-whose-{language}", whole=True)
    assert await accessibility_violations(tab, axe) == []
    await fits(tab)
    await tab.send("confirmByPassword", {"password.account": "wrong"})
    await tab.says("INVALID_PROOF.confirmByPassword")
    assert await identities(rules, ada.email) == []
    await tab.page.reload()
    await tab.send("confirmByPassword", {"password.account": PASSWORD})
    await tab.is_inside("Ada")
    assert await identities(rules, ada.email) == [("acme", ada.email)]
    await tab.send("logout")
    await expect(tab.form("login")).to_be_visible()
    await press(tab, "acme")
    await tab.is_inside("Ada")


async def test_a_passkey_proves_it_as_well(tab: AccountPages, ada: User, rules: Auth) -> None:
    """It is as sure as it gets, so that no second step is asked for."""
    authenticator = await VirtualAuthenticator.beside(tab.page)
    await tab.log_in(ada.email, PASSWORD)
    await tab.is_inside("Ada")
    await tab.send("addPasskey")
    await tab.send("keepCodes")
    await expect(tab.page.locator("#factors-list > li")).to_have_count(1)
    await authenticator.be_touched(is_touched=False)
    await tab.send("logout")
    await expect(tab.form("login")).to_be_visible()
    await come(tab, ada.email)
    await expect(tab.form("confirmByPasskey")).to_be_visible()
    await authenticator.be_touched(is_touched=True)
    await tab.send("confirmByPasskey")
    await tab.is_inside("Ada")
    assert await identities(rules, ada.email) == [("acme", ada.email)]


async def test_the_second_step_is_asked_for_behind_it(
    tab: AccountPages, ada: User, rules: Auth
) -> None:
    """Behind the password that proves the account, and behind the provider ever after."""
    await tab.log_in(ada.email, PASSWORD)
    await tab.is_inside("Ada")
    await tab.send("beginTotpEnrollment")
    shown = tab.page.locator("#app-secret")
    await expect(shown).to_be_visible()
    secret = (await shown.inner_text()).replace(" ", "")
    await tab.send("confirmTotpEnrollment", {"code": code(rules, secret)})
    await tab.send("keepCodes")
    await expect(tab.page.locator("#factors-list > li")).to_have_count(1)
    await tab.send("logout")
    await expect(tab.form("login")).to_be_visible()

    await come(tab, ada.email)
    await tab.send("confirmByPassword", {"password.account": PASSWORD})
    await expect(tab.form("proveTotp")).to_be_visible()
    assert await identities(rules, ada.email) == []
    await prove(tab, rules, ada, secret)
    assert await identities(rules, ada.email) == [("acme", ada.email)]
    await tab.send("logout")
    await expect(tab.form("login")).to_be_visible()
    await press(tab, "acme")
    await expect(tab.form("proveTotp")).to_be_visible()
    await prove(tab, rules, ada, secret)
    assert await sessions(rules, ada) == 1


async def prove(tab: AccountPages, rules: Auth, user: User, secret: str) -> None:
    """Type a code that was shown to nobody yet."""
    with rules.database.use():
        await Totp.filter(user_id=user.id).update(last_step=0)
    await tab.send("proveTotp", {"code": code(rules, secret)})
    await tab.is_inside("Ada")


async def sessions(rules: Auth, user: User) -> int:
    """How many live ones somebody has."""
    with rules.database.use():
        return await RefreshToken.filter(user_id=user.id, revoked_at=None).count()


async def test_an_account_that_nobody_has_proved_is_handed_over_by_mail(
    tab: AccountPages,
    new_tab: NewTab,
    rules: Auth,
    address: str,
    inbox: Inbox,
    take_screenshot: TakeScreenshot,
    language: str,
) -> None:
    """Whoever waits in it with a password of their own is out; who has the mailbox is in."""
    await rules.accounts.create(address, PASSWORD, "Mallory")
    await come(tab, address)
    await tab.says("sent.completeExternalLogin")
    await take_screenshot(tab.page, f"providers-mail-{language}")
    assert await identities(rules, address) == []
    await tab.open(await inbox.link(address, "verify"))
    await tab.send("verifyEmail")
    await tab.says("done.verifyEmail", email=address)
    await tab.open("login")
    await press(tab, "acme")
    await expect(tab.page.locator("#greeting")).to_be_visible()
    assert await identities(rules, address) == [("acme", address)]
    other = await new_tab()
    await other.log_in(address, PASSWORD)
    await other.says("INVALID_CREDENTIALS")


async def test_a_login_without_an_address_makes_no_account(tab: AccountPages, rules: Auth) -> None:
    """And says what to do."""
    await come(tab, "nobody")
    await tab.says("EXTERNAL_LOGIN_FAILED.no_address")
    with rules.database.use():
        assert await ExternalIdentity.filter(subject="nobody").count() == 0


async def test_a_proof_that_nothing_waits_for_says_so(tab: AccountPages) -> None:
    """Opened by hand, or too late."""
    await tab.open("prove-account")
    await tab.says("INVALID_TOKEN.completeLogin")
    await expect(tab.page.locator("button:visible, input:visible")).to_have_count(0)

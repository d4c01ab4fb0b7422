"""Second steps through our own pages, in both languages: set up, asked for, lost."""

import asyncio
import gzip
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from account_pages import AccountPages, NewTab, accessibility_violations, fits
from codes import code
from inbox import Inbox
from old_logins import grow_old
from people import PASSWORD
from playwright.async_api import expect
from processes import DEFAULTS, Server, rules_on
from screenshots import TakeScreenshot
from smtp import MailServer
from virtual_authenticator import VirtualAuthenticator

from authberry import Auth
from authberry.models import FactorReset, Passkey, RefreshToken, Totp, TrustedDevice, User
from authberry.server.pages.assets import BUILT
from bench.local_servers import free_port

NEW_PASSWORD = "a second pass phrase"
UNLIMITED = ("session_attempts", "change_attempts", "link_attempts", "login_attempts_per_address")


@pytest.fixture(scope="session")
def settings(
    mail_server: MailServer, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, object]:
    """Passkeys are good for a name, and an IP address is none (WebAuthn, section 5.1.3)."""
    port = free_port()
    return {
        "database_url": f"sqlite://{tmp_path_factory.mktemp('factors')}/authberry.db",
        "public_url": f"http://localhost:{port}",
        "smtp_url": mail_server.url,
        "mail_from": "Example <no-reply@example.com>",
        "service_name": "Example",
        "roles": "admin",
        "second_factor": "required",
        "second_factor_roles": "admin",
        "second_factor_from": (datetime.now(UTC) + timedelta(days=7)).isoformat(),
        **dict.fromkeys(UNLIMITED, "off"),
    }


@pytest.fixture(scope="session")
def server(
    settings: dict[str, object], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """A server that demands a second factor of administrators."""
    url = str(settings["public_url"])
    folder = tmp_path_factory.mktemp("server")
    server = Server(folder, {**DEFAULTS, **settings}, port=int(url.rpartition(":")[2]))
    with server:
        server.url = url
        yield server


@pytest.fixture(scope="session")
async def rules(server: Server, settings: dict[str, object]) -> AsyncIterator[Auth]:
    """The rules on its database, to look at rows."""
    async with rules_on(**settings) as auth:  # type: ignore[arg-type]
        yield auth


@pytest.fixture
async def ada(rules: Auth, address: str) -> User:
    """Ada, whose address is confirmed."""
    user = await rules.accounts.create(address, PASSWORD, "Ada")
    with rules.database.use():
        await User.filter(id=user.id).update(email_verified=True)
        return await User.get(id=user.id)


async def rows(rules: Auth, user: User, model: Any) -> int:
    """How many rows a table holds of somebody."""
    with rules.database.use():
        return int(await model.filter(user_id=user.id).count())


async def next_code(rules: Auth, user: User, secret: str) -> str:
    """A code of an app that has shown none since long ago: each is good once, for 30 seconds."""
    with rules.database.use():
        await Totp.filter(user_id=user.id).update(last_step=0)
    return code(rules, secret)


async def set_up_app(tab: AccountPages, rules: Auth) -> tuple[str, list[str]]:
    """Set an app up with the secret that the page shows; returns it and the recovery codes."""
    await tab.send("beginTotpEnrollment")
    return await confirm_app(tab, rules)


async def confirm_app(tab: AccountPages, rules: Auth) -> tuple[str, list[str]]:
    """Do so once it is shown."""
    shown = tab.page.locator("#app-secret")
    await expect(shown).to_be_visible()
    secret = (await shown.inner_text()).replace(" ", "")
    await tab.send("confirmTotpEnrollment", {"code": code(rules, secret)})
    await expect(tab.page.locator("#codes")).to_be_visible()
    return secret, await tab.page.locator("#codes-list li").all_inner_texts()


async def log_out(tab: AccountPages) -> None:
    """Do so, and wait until the page says so: another one is opened next."""
    await tab.send("logout")
    await expect(tab.form("login")).to_be_visible()


async def test_an_app_is_set_up_asked_for_and_trusted(
    tab: AccountPages,
    ada: User,
    rules: Auth,
    take_screenshot: TakeScreenshot,
    language: str,
) -> None:
    """Its codes log in; a browser that is trusted is not asked, until that is taken back."""
    await tab.log_in(ada.email, PASSWORD)
    await tab.is_inside("Ada")
    await tab.send("beginTotpEnrollment")
    await expect(tab.page.locator("#app-qr path")).to_have_count(1)
    await take_screenshot(tab.page, f"factors-app-{language}", whole=True)
    secret, recovery_codes = await confirm_app(tab, rules)
    assert len(recovery_codes) == 10
    await take_screenshot(tab.page, f"factors-codes-{language}", whole=True)
    async with tab.page.expect_download() as downloading:
        await tab.send("downloadCodes")
    kept = await (await downloading.value).path()
    assert kept.read_text("utf-8").split() == recovery_codes
    await tab.send("keepCodes")
    await expect(tab.page.locator("#codes")).to_be_hidden()
    await expect(tab.page.locator("#factors-list > li")).to_have_count(1)
    await log_out(tab)

    await tab.log_in(ada.email, PASSWORD)
    await expect(tab.form("proveTotp")).to_be_visible()
    await take_screenshot(tab.page, f"factors-second-step-{language}")
    field = tab.page.get_by_label(tab.texts.page["code"], exact=True)
    await expect(field).to_be_focused()
    await tab.page.keyboard.type("000000")
    await tab.page.keyboard.press("Enter")
    await tab.says("INVALID_PROOF.proveTotp")
    await expect(field).to_be_focused()
    await tab.page.get_by_label(tab.texts.page["trust"].format(days=30)).check()
    await tab.send("proveTotp", {"code": await next_code(rules, ada, secret)})
    await tab.is_inside("Ada")
    await expect(tab.page.locator("#devices-list > li")).to_have_count(1)
    await log_out(tab)
    await tab.log_in(ada.email, PASSWORD)
    await tab.is_inside("Ada")
    await take_screenshot(tab.page, f"factors-account-{language}", whole=True)
    await tab.send("revokeTrustedDevice")
    await tab.says("done.revokeTrustedDevice")
    assert await rows(rules, ada, TrustedDevice) == 0
    await log_out(tab)
    await tab.log_in(ada.email, PASSWORD)
    await tab.page.get_by_text(tab.texts.page["recovery"], exact=True).click()
    await tab.send("proveRecoveryCode", {"recovery.code": recovery_codes[0].lower()})
    await tab.is_inside("Ada")
    left = tab.texts.script["codes.left"].format(count=9)
    await expect(tab.page.get_by_text(left)).to_be_visible()


async def test_an_app_is_set_up_used_and_removed_by_keyboard_alone(
    tab: AccountPages, ada: User, rules: Auth
) -> None:
    """The focus is where one goes on: at what was opened, and in the field for the code."""
    keyboard, words = tab.page.keyboard, tab.texts.page
    await tab.log_in(ada.email, PASSWORD)
    await tab.is_inside("Ada")
    await tab.tab_to(words["app.add"])
    await keyboard.press("Enter")
    await expect(tab.page.locator("#app h3")).to_be_focused()
    secret = (await tab.page.locator("#app-secret").inner_text()).replace(" ", "")
    await tab.tab_to(words["code"])
    await keyboard.type(code(rules, secret))
    await keyboard.press("Enter")
    await expect(tab.page.locator("#codes h3")).to_be_focused()
    await tab.tab_to(words["codes.kept"])
    await keyboard.press("Enter")
    await expect(tab.page.locator("#factors-list > li")).to_have_count(1)
    await log_out(tab)

    await tab.log_in(ada.email, PASSWORD)
    await expect(tab.page.get_by_label(words["code"], exact=True)).to_be_focused()
    await keyboard.press("Shift+Tab")
    await keyboard.press("Space")
    await tab.tab_to(words["code"])
    await keyboard.type(await next_code(rules, ada, secret))
    await keyboard.press("Enter")
    await tab.is_inside("Ada")
    assert await rows(rules, ada, TrustedDevice) == 1
    await tab.tab_to(words["factors.remove"])
    await keyboard.press("Enter")
    await tab.says("done.removeFactor")
    assert await rows(rules, ada, Totp) == 0


async def test_a_passkey_is_added_logs_in_and_is_removed(
    tab: AccountPages,
    ada: User,
    rules: Auth,
    take_screenshot: TakeScreenshot,
    language: str,
) -> None:
    """Alone, by the button and by what the browser offers; then as a second step; then no more."""
    await VirtualAuthenticator.beside(tab.page)
    await tab.log_in(ada.email, PASSWORD)
    await tab.is_inside("Ada")
    await tab.send("addPasskey")
    await expect(tab.page.locator("#codes")).to_be_visible()
    await tab.send("keepCodes")
    await expect(tab.page.locator("#factors-list > li")).to_have_count(1)
    row = tab.page.locator("#factors-list > li")
    await row.get_by_text(tab.texts.page["factors.rename"], exact=True).click()
    await row.get_by_label(tab.texts.page["name"], exact=True).fill("My laptop")
    await tab.form("renameFactor").get_by_role("button").click()
    await tab.says("done.renameFactor")
    await expect(row.locator("strong")).to_have_text("My laptop")
    await take_screenshot(tab.page, f"factors-passkey-{language}", whole=True)
    await tab.page.context.clear_cookies()
    await tab.open("login")
    # The authenticator answers at once, as if somebody had picked it in the field.
    await tab.is_inside("Ada")
    await expect(tab.page.locator("#sessions-list")).to_contain_text(tab.texts.script["acr.phr"])
    await tab.form("removeFactor").get_by_role("button").click()
    await tab.says("done.removeFactor")
    assert await rows(rules, ada, Passkey) == 0
    await expect(tab.page.locator("#no-factors")).to_be_visible()


async def test_a_factor_is_set_up_in_the_middle_of_a_login(
    tab: AccountPages,
    ada: User,
    rules: Auth,
    take_screenshot: TakeScreenshot,
    language: str,
) -> None:
    """Where the policy wants one; until it demands one, it can be put off."""
    with rules.database.use():
        await User.filter(id=ada.id).update(roles=["admin"])
    await tab.log_in(ada.email, PASSWORD)
    await expect(tab.form("addPasskey")).to_be_visible()
    assert await rows(rules, ada, RefreshToken) == 0
    await tab.send("skipEnrollment")
    await tab.is_inside("Ada")
    await log_out(tab)
    await tab.log_in(ada.email, PASSWORD)
    await expect(tab.form("addPasskey")).to_be_visible()
    await take_screenshot(tab.page, f"factors-enroll-{language}")
    with rules.database.use():
        assert await RefreshToken.filter(user_id=ada.id, revoked_at=None).count() == 0
    _, recovery_codes = await set_up_app(tab, rules)
    assert len(recovery_codes) == 10
    await take_screenshot(tab.page, f"factors-enrolled-{language}", whole=True)
    await tab.send("keepCodes")
    await tab.is_inside("Ada")
    assert await rows(rules, ada, Totp) == 1
    await tab.form("removeFactor").get_by_role("button").click()
    await tab.says("FACTOR_REQUIRED")
    assert await rows(rules, ada, Totp) == 1


async def test_what_is_not_undone_asks_who_it_is(
    tab: AccountPages,
    ada: User,
    rules: Auth,
    take_screenshot: TakeScreenshot,
    language: str,
) -> None:
    """In a dialog, which can be left with nothing done; what was asked for then goes on."""
    await tab.log_in(ada.email, PASSWORD)
    await tab.is_inside("Ada")
    secret, _ = await set_up_app(tab, rules)
    await tab.send("keepCodes")
    await expect(tab.page.locator("#factors-list > li")).to_have_count(1)
    await grow_old(rules, ada)
    await tab.page.reload()
    await tab.is_inside("Ada")
    dialog = tab.page.get_by_role("dialog", name=tab.texts.page["step-up.title"])
    await tab.send("regenerateRecoveryCodes")
    await expect(dialog).to_be_visible()
    await expect(dialog.get_by_label(tab.texts.page["code"], exact=True)).to_be_focused()
    await take_screenshot(tab.page, f"factors-step-up-{language}")
    await tab.page.keyboard.press("Escape")
    await expect(dialog).to_be_hidden()
    await tab.says("STEP_UP_REQUIRED")

    await tab.send("changePassword", {"password.new": NEW_PASSWORD})
    await tab.send("proveTotp", {"code": "000000"})
    await tab.says("INVALID_PROOF.proveTotp")
    await tab.send("proveTotp", {"code": await next_code(rules, ada, secret)})
    await tab.says("done.changePassword")
    await expect(dialog).to_be_hidden()
    await tab.send("regenerateRecoveryCodes")
    await expect(tab.page.locator("#codes-list li")).to_have_count(10)


async def test_without_a_factor_the_password_says_who_it_is(
    tab: AccountPages, ada: User, rules: Auth
) -> None:
    """Asked for only where the login is old."""
    await tab.log_in(ada.email, PASSWORD)
    await tab.is_inside("Ada")
    await grow_old(rules, ada)
    await tab.page.reload()
    await tab.is_inside("Ada")
    await tab.send("beginTotpEnrollment")
    await tab.send("provePassword", {"password.current": "wrong"})
    await tab.says("INVALID_PROOF.provePassword")
    await tab.send("provePassword", {"password.current": PASSWORD})
    await expect(tab.page.locator("#app-secret")).to_be_visible()


async def test_a_recent_login_deletes_the_account_once_it_is_sure(
    tab: AccountPages, ada: User, rules: Auth
) -> None:
    """Nothing is typed, so the browser asks first."""
    await tab.log_in(ada.email, PASSWORD)
    await tab.is_inside("Ada")
    for is_sure in (False, True):
        async with tab.page.expect_event("dialog") as asking:
            pressing = asyncio.create_task(tab.send("deleteAccount"))
        dialog = await asking.value
        assert dialog.message == tab.texts.script["delete.sure"]
        await (dialog.accept() if is_sure else dialog.dismiss())
        await pressing
        if not is_sure:
            assert await rules.accounts.find(str(ada.id))
    await tab.says("done.deleteAccount")
    assert await rules.accounts.find(str(ada.id)) is None


async def test_lost_factors_are_reset_unless_somebody_keeps_them(
    tab: AccountPages,
    new_tab: NewTab,
    ada: User,
    rules: Auth,
    inbox: Inbox,
    take_screenshot: TakeScreenshot,
    language: str,
) -> None:
    """A live session sees the banner, and cancels; and so does the link of the mail that told."""
    await tab.log_in(ada.email, PASSWORD)
    await tab.is_inside("Ada")
    await expect(tab.page.locator("#reset-waits")).to_be_hidden()
    await set_up_app(tab, rules)
    other = await new_tab()
    for cancel in ("banner", "link"):
        await other.log_in(ada.email, PASSWORD)
        await other.page.get_by_role("link", name=other.texts.page["to.lost-factors"]).click()
        await other.send("requestFactorReset", {"email": ada.email})
        await other.says("sent", email=ada.email)
        await other.open(await inbox.link(ada.email, "reset-factors"))
        await other.send("confirmFactorReset")
        await expect(other.form("confirmFactorReset")).to_be_hidden()
        assert await rows(rules, ada, FactorReset) == 1
        keep = await inbox.link(ada.email, "keep-factors")
        await tab.open()
        await expect(tab.page.locator("#reset-waits")).to_be_visible()
        await take_screenshot(tab.page, f"factors-banner-{language}")
        if cancel == "banner":
            await tab.send("cancelFactorReset")
            await tab.says("done.cancelFactorReset")
        else:
            await other.open(keep)
            await other.send("cancelFactorReset")
            await other.says("done.cancelFactorReset")
        assert await rows(rules, ada, FactorReset) == 0
        await other.open(keep)
        await other.send("cancelFactorReset")
        await other.says("INVALID_TOKEN.cancelFactorReset")


async def test_a_new_password_wants_the_second_factor(
    tab: AccountPages, ada: User, rules: Auth, inbox: Inbox
) -> None:
    """Nothing is set before it is proved."""
    await tab.log_in(ada.email, PASSWORD)
    await tab.is_inside("Ada")
    _, recovery_codes = await set_up_app(tab, rules)
    await tab.open("forgot")
    await tab.send("requestPasswordReset", {"email": ada.email})
    await tab.open(await inbox.link(ada.email, "reset"))
    await tab.send("resetPassword", {"password.new": NEW_PASSWORD})
    await expect(tab.page.locator("#trusting")).to_be_hidden()
    await tab.page.get_by_text(tab.texts.page["recovery"], exact=True).click()
    await tab.send("proveRecoveryCode", {"recovery.code": recovery_codes[0]})
    await tab.says("done.resetPassword")
    await tab.log_in(ada.email, NEW_PASSWORD)
    await expect(tab.form("proveTotp")).to_be_visible()


async def test_a_passkey_is_a_second_step_and_all_of_it_is_for_everybody(
    new_tab: NewTab, ada: User, rules: Auth, axe: str
) -> None:
    """No barrier, and on the narrowest screen nothing that is wider."""

    async def is_for_everybody() -> None:
        assert await accessibility_violations(tab, axe) == []
        await fits(tab)

    tab = await new_tab()
    authenticator = await VirtualAuthenticator.beside(tab.page)
    await tab.log_in(ada.email, PASSWORD)
    await tab.is_inside("Ada")
    await tab.send("beginTotpEnrollment")
    await expect(tab.page.locator("#app-secret")).to_be_visible()
    await is_for_everybody()
    await confirm_app(tab, rules)
    await is_for_everybody()
    await tab.send("keepCodes")
    await tab.send("addPasskey")
    await expect(tab.page.locator("#factors-list > li")).to_have_count(2)
    await is_for_everybody()
    await grow_old(rules, ada)
    await tab.page.reload()
    await tab.send("regenerateRecoveryCodes")
    await expect(tab.form("provePasskey")).to_be_visible()
    await is_for_everybody()
    await tab.page.context.clear_cookies()
    # Nobody touches it, or it would log in before anything is typed.
    await authenticator.be_touched(is_touched=False)
    await tab.log_in(ada.email, PASSWORD)
    await expect(tab.form("provePasskey")).to_be_visible()
    await is_for_everybody()
    await authenticator.be_touched(is_touched=True)
    await tab.send("provePasskey")
    await tab.is_inside("Ada")


async def test_pages_load_nothing_of_passkeys_before_one_may_be_used(
    tab: AccountPages, address: str
) -> None:
    """An account is made and protected without; the page to log in takes one, and asks at once."""
    (module,) = [
        path.name.removesuffix(".gz")
        for path in BUILT.glob("*.js.gz")
        if b"BeginPasskeyLogin" in gzip.decompress(path.read_bytes())
    ]
    await tab.open("register")
    await tab.send("register", {"email": address, "password": PASSWORD})
    await tab.is_inside(address)
    await tab.send("beginTotpEnrollment")
    await expect(tab.page.locator("#app-secret")).to_be_visible()
    assert not any(url.endswith(module) for url in tab.asked)
    async with tab.page.expect_request(f"**/{module}"):
        await log_out(tab)


async def test_recovery_codes_are_printed_with_the_name_of_the_service(
    tab: AccountPages, ada: User, rules: Auth
) -> None:
    """And nothing else of the page is, whatever the screen is like."""
    await tab.log_in(ada.email, PASSWORD)
    await tab.is_inside("Ada")
    _, recovery_codes = await set_up_app(tab, rules)
    await tab.page.emulate_media(media="print", color_scheme="dark")
    printed = (await tab.page.locator("body").inner_text()).split("\n")
    shown = ["Example", tab.texts.page["codes.title"], tab.texts.page["codes.about"]]
    assert [line for line in printed if line] == [*shown, *recovery_codes]
    paper = "getComputedStyle(document.body).backgroundColor"
    assert await tab.page.evaluate(paper) == "rgb(247, 244, 248)"


async def test_a_second_step_that_nothing_waits_for_says_so(
    tab: AccountPages, ada: User, rules: Auth
) -> None:
    """Opened by hand, or too late; and so does a page while the other one is waited at."""
    for page in ("second-step", "enroll"):
        await tab.open(page)
        await tab.says("INVALID_TOKEN.completeLogin")
        await expect(tab.page.locator("button:visible, input:visible")).to_have_count(0)
    with rules.database.use():
        await User.filter(id=ada.id).update(roles=["admin"])
    await tab.log_in(ada.email, PASSWORD)
    await expect(tab.form("beginTotpEnrollment")).to_be_visible()
    await tab.open("second-step")
    await tab.says("INVALID_TOKEN.completeLogin")

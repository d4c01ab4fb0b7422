"""Second steps through our own pages, in both languages: set up, asked for, lost."""

import re
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from account_pages import AccountPages, NewTab, Profile
from codes import code
from inbox import Inbox
from people import PASSWORD
from playwright.async_api import BrowserContext, CDPSession, expect
from processes import DEFAULTS, Server, rules_on
from screenshots import TakeScreenshot
from smtp import MailServer

from authberry import Auth
from authberry.models import FactorReset, Passkey, Totp, TrustedDevice, User
from bench.local_servers import free_port

NEW_PASSWORD = "a second pass phrase"
UNLIMITED = ("session_attempts", "change_attempts", "link_attempts", "login_attempts_per_address")
AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


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
        "second_factor_roles": "admin",
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
    shown = tab.page.locator("#app-secret")
    await expect(shown).to_be_visible()
    secret = (await shown.inner_text()).replace(" ", "")
    await tab.send("confirmTotpEnrollment", {"code": code(rules, secret)})
    await expect(tab.page.locator("#codes")).to_be_visible()
    return secret, await tab.page.locator("#codes-list li").all_inner_texts()


async def authenticator(tab: AccountPages) -> tuple[CDPSession, str]:
    """Give a tab's browser an authenticator."""
    session = await tab.page.context.new_cdp_session(tab.page)
    await session.send("WebAuthn.enable")
    made = await session.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
    return session, made["authenticatorId"]


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
    secret, recovery_codes = await set_up_app(tab, rules)
    assert len(recovery_codes) == 10
    await take_screenshot(tab.page, f"factors-codes-{language}", whole=True)
    async with tab.page.expect_download() as downloading:
        await tab.send("downloadCodes")
    kept = await (await downloading.value).path()
    assert kept.read_text("utf-8").split() == recovery_codes
    await tab.send("keepCodes")
    await expect(tab.page.locator("#codes")).to_be_hidden()
    await expect(tab.page.locator("#factors-list > li")).to_have_count(1)
    await tab.send("logout")

    await tab.log_in(ada.email, PASSWORD)
    await expect(tab.form("proveTotp")).to_be_visible()
    await take_screenshot(tab.page, f"factors-second-step-{language}")
    await tab.send("proveTotp", {"code": "000000"})
    await tab.says("INVALID_PROOF.proveTotp")
    await tab.page.get_by_label(tab.texts.page["trust"].format(days=30)).check()
    await tab.send("proveTotp", {"code": await next_code(rules, ada, secret)})
    await tab.is_inside("Ada")
    await expect(tab.page.locator("#devices-list > li")).to_have_count(1)
    await tab.send("logout")
    await tab.log_in(ada.email, PASSWORD)
    await tab.is_inside("Ada")
    await take_screenshot(tab.page, f"factors-account-{language}", whole=True)
    await tab.send("revokeTrustedDevice")
    await tab.says("done.revokeTrustedDevice")
    assert await rows(rules, ada, TrustedDevice) == 0
    await tab.send("logout")
    await tab.log_in(ada.email, PASSWORD)
    await tab.page.get_by_text(tab.texts.page["recovery"], exact=True).click()
    await tab.send("proveRecoveryCode", {"recovery.code": recovery_codes[0].lower()})
    await tab.is_inside("Ada")
    left = tab.texts.script["codes.left"].format(count=9)
    await expect(tab.page.get_by_text(left)).to_be_visible()

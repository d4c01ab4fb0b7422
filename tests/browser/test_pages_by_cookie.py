"""An account through our own pages, where a cookie alone stands for who is logged in there."""

from collections.abc import AsyncIterator, Iterator

import pytest
from account_pages import AccountPages
from codes import code
from old_logins import grow_old
from people import PASSWORD
from playwright.async_api import Cookie, Request, expect
from processes import DEFAULTS, Server, rules_on
from smtp import MailServer

from authberry import Auth
from authberry.models import RefreshToken, Totp, User
from bench.local_servers import free_port

NEW_PASSWORD = "a second pass phrase"
SESSION = "authberry_session"


@pytest.fixture(scope="session")
def settings(
    mail_server: MailServer, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, object]:
    """Whoever logs in by the pages gets a session's cookie."""
    return {
        "database_url": f"sqlite://{tmp_path_factory.mktemp('by-cookie')}/authberry.db",
        "public_url": f"http://localhost:{free_port()}",
        "smtp_url": mail_server.url,
        "mail_from": "Example <no-reply@example.com>",
        "pages_transport": "SESSION",
    }


@pytest.fixture(scope="session")
def server(
    settings: dict[str, object], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """A server."""
    url = str(settings["public_url"])
    folder = tmp_path_factory.mktemp("server")
    with Server(folder, {**DEFAULTS, **settings}, port=int(url.rpartition(":")[2])) as server:
        server.url = url
        yield server


@pytest.fixture(scope="session")
async def rules(server: Server, settings: dict[str, object]) -> AsyncIterator[Auth]:
    """The rules on its database, to look at rows."""
    async with rules_on(**settings) as auth:  # type: ignore[arg-type]
        yield auth


async def session_cookies(tab: AccountPages) -> list[Cookie]:
    """What the browser holds that logs in, of either kind."""
    cookies = await tab.page.context.cookies()
    return [one for one in cookies if one["name"] in {SESSION, "refresh_token"}]


async def next_code(rules: Auth, user: User, secret: str) -> str:
    """A code of an app that has shown none since long ago: each is good once, for 30 seconds."""
    with rules.database.use():
        await Totp.filter(user_id=user.id).update(last_step=0)
    return code(rules, secret)


async def set_up_app(tab: AccountPages, rules: Auth) -> str:
    """Set an app up with the secret that the page shows, and return it."""
    await tab.send("beginTotpEnrollment")
    shown = tab.page.locator("#app-secret")
    await expect(shown).to_be_visible()
    secret = (await shown.inner_text()).replace(" ", "")
    await tab.send("confirmTotpEnrollment", {"code": code(rules, secret)})
    await tab.send("keepCodes")
    return secret


async def test_a_life_with_a_second_factor(tab: AccountPages, rules: Auth, address: str) -> None:
    """Sign up, set an app up, log in with both, prove it again, change the password, log out."""
    sent: list[Request] = []

    def note(request: Request) -> None:
        sent.append(request)

    tab.page.on("request", note)
    await tab.open("register")
    await tab.send("register", {"email": address, "password": PASSWORD, "name.optional": "Ada"})
    await tab.is_inside("Ada")
    (first,) = await session_cookies(tab)
    assert (first["name"], first["httpOnly"]) == (SESSION, True)
    with rules.database.use():
        ada = await User.get(email=address)
    secret = await set_up_app(tab, rules)
    await tab.send("logout")
    await expect(tab.form("login")).to_be_visible()
    assert await session_cookies(tab) == []

    await tab.log_in(address, PASSWORD)
    await tab.send("proveTotp", {"code": await next_code(rules, ada, secret)})
    await tab.is_inside("Ada")
    (at_login,) = await session_cookies(tab)
    assert at_login["name"] == SESSION
    await tab.open()
    await tab.is_inside("Ada")
    assert await session_cookies(tab) == [at_login]

    await grow_old(rules, ada)
    await tab.open()
    await tab.send("regenerateRecoveryCodes")
    await expect(tab.form("proveTotp")).to_be_visible()
    await tab.send("proveTotp", {"code": await next_code(rules, ada, secret)})
    await expect(tab.page.locator("#codes")).to_be_visible()
    await tab.send("keepCodes")
    (at_proof,) = await session_cookies(tab)
    assert at_proof["value"] != at_login["value"]

    await tab.send("changePassword", {"password.current": PASSWORD, "password.new": NEW_PASSWORD})
    await tab.says("done.changePassword")
    (at_change,) = await session_cookies(tab)
    assert at_change["value"] not in {at_login["value"], at_proof["value"]}
    await tab.open()
    await tab.is_inside("Ada")
    await tab.send("logout")
    await expect(tab.form("login")).to_be_visible()
    assert await session_cookies(tab) == []
    with rules.database.use():
        assert await RefreshToken.filter(user_id=ada.id, revoked_at=None).count() == 0
    await tab.page.goto(tab.url)
    await expect(tab.form("login")).to_be_visible()
    assert not any("authorization" in request.headers for request in sent)


async def test_a_session_that_was_ended_elsewhere_is_told_of(
    tab: AccountPages, rules: Auth, address: str
) -> None:
    """Whatever is pressed next says so, and so does the page when it is opened anew."""
    user = await rules.accounts.create(address, PASSWORD, "Ada")
    await tab.log_in(address, PASSWORD)
    await tab.is_inside("Ada")
    with rules.database.use():
        await RefreshToken.filter(user_id=user.id).update(revoked_at=rules.clock.now())
    await tab.send("updateProfile", {"name": "Ada Lovelace"})
    await tab.says("SESSION_REVOKED")
    await tab.open()
    await tab.says("SESSION_REVOKED")
    await tab.log_in(address, PASSWORD)
    await tab.is_inside("Ada")

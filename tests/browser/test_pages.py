"""The life of an account through our own pages, in both languages, with mails that arrive."""

import json
from collections.abc import AsyncIterator, Iterator
from typing import Any, Literal

import pytest
from account_pages import AccountPages, NewTab, Profile, accessibility_violations, fits
from anyio.to_thread import run_sync
from inbox import Inbox
from many_rows import add_events
from people import PASSWORD
from playwright.async_api import Route, expect
from processes import DEFAULTS, Server, rules_on
from screenshots import TakeScreenshot
from smtp import MailServer

from authberry import Auth
from authberry.models import OneTimeToken, RefreshToken, User
from authberry.server.pages.html import PAGES
from authberry.server.pages.texts import LANGUAGES
from bench.local_servers import free_port

NEW_PASSWORD = "a second pass phrase"
LOGIN = """
mutation ($email: String!, $password: String!) {
  login(email: $email, password: $password) { __typename }
}"""
UNLIMITED = (
    "register_attempts",
    "refresh_attempts",
    "session_attempts",
    "change_attempts",
    "login_attempts_per_address",
    "mail_attempts_per_address",
    "link_attempts",
)
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")


@pytest.fixture(scope="session")
def settings(
    mail_server: MailServer, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, object]:
    """Mails are sent, and nobody is let in whose address is not confirmed.

    It has a name, as services have. The limits that would get in the way of many people from one
    network are off.
    """
    return {
        "database_url": f"sqlite://{tmp_path_factory.mktemp('pages')}/authberry.db",
        "public_url": f"http://localhost:{free_port()}",
        "smtp_url": mail_server.url,
        "mail_from": "Example <no-reply@example.com>",
        "email_verification": "required",
        "service_name": "Example",
        **dict.fromkeys(UNLIMITED, "off"),
    }


@pytest.fixture(scope="session")
def server(
    settings: dict[str, object], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """A server with an account for everybody who appears here."""
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


@pytest.fixture
async def ada(rules: Auth, address: str) -> User:
    """Ada, whose address is confirmed."""
    return await confirmed(rules, address)


async def confirmed(rules: Auth, address: str) -> User:
    """Make an account for Ada."""
    user = await rules.accounts.create(address, PASSWORD, "Ada")
    with rules.database.use():
        await User.filter(id=user.id).update(email_verified=True)
        return await User.get(id=user.id)


async def rows(rules: Auth, user: User, model: Any) -> list[dict[str, Any]]:
    """What a table holds of somebody."""
    with rules.database.use():
        return [dict(row) for row in await model.filter(user_id=user.id).values()]


async def test_somebody_signs_up_and_confirms_their_address(
    tab: AccountPages, inbox: Inbox, address: str, language: str
) -> None:
    """A weak password is explained; the mail is in the language of the page."""
    await tab.open("register")
    await tab.send("register", {"email": address, "password": "password"})
    await tab.says("WEAK_PASSWORD")
    await tab.says("It is one of the passwords that are tried first.")
    await expect(tab.page.get_by_label(tab.texts.page["password"])).to_be_focused()
    await tab.send("register", {"password": PASSWORD, "name.optional": "Ada"})
    await tab.says("sent.register", email=address)

    await tab.log_in(address, PASSWORD)
    await tab.says("EMAIL_NOT_VERIFIED")
    link = await inbox.link(address, "verify")
    await tab.send("requestEmailVerification")
    await tab.says("sent.requestEmailVerification", email=address)
    mail = await inbox.mail(address, "/account/verify#token=")
    assert mail.message["Content-Language"] == language

    await tab.open(link)
    assert tab.holds_no_token()
    await tab.send("verifyEmail")
    await tab.says("done.verifyEmail", email=address)
    await tab.open(link)
    await tab.send("verifyEmail")
    await tab.says("done.verifyEmail", email=address)
    await tab.log_in(address, PASSWORD)
    await tab.is_inside("Ada")


async def test_a_known_address_is_answered_like_a_new_one(
    tab: AccountPages, ada: User, inbox: Inbox
) -> None:
    """Its owner is told by mail, with a link to a new password."""
    await tab.open("register")
    await tab.send("register", {"email": ada.email, "password": NEW_PASSWORD})
    await tab.says("sent.register", email=ada.email)
    await inbox.link(ada.email, "reset")


async def test_a_forgotten_password_is_replaced(
    tab: AccountPages, new_tab: NewTab, ada: User, inbox: Inbox
) -> None:
    """Every session ends, and the link is good for once."""
    await tab.log_in(ada.email, PASSWORD)
    await tab.is_inside("Ada")
    other = await new_tab()
    await other.open("forgot")
    await other.send("requestPasswordReset", {"email": ada.email})
    await other.says("sent", email=ada.email)
    link = await inbox.link(ada.email, "reset")
    await other.open(link)
    await other.send("resetPassword", {"password.new": "password"})
    await other.says("WEAK_PASSWORD")
    await other.send("resetPassword", {"password.new": NEW_PASSWORD})
    await other.says("done.resetPassword")
    await other.open(link)
    await other.send("resetPassword", {"password.new": PASSWORD})
    await other.says("INVALID_TOKEN.resetPassword")

    await tab.open()
    await tab.says("SESSION_REVOKED")
    await tab.log_in(ada.email, PASSWORD)
    await tab.says("INVALID_CREDENTIALS")
    await tab.log_in(ada.email, NEW_PASSWORD)
    await tab.is_inside("Ada")


async def test_an_address_is_changed_and_the_change_undone(
    tab: AccountPages, new_tab: NewTab, ada: User, inbox: Inbox
) -> None:
    """The new one proves itself; the old one takes the account back, and sets a new password."""
    await tab.log_in(ada.email, PASSWORD)
    await tab.is_inside("Ada")
    new = f"new-{ada.email}"
    wanted = {"address.new": new, "password.current": "wrong"}
    await tab.send("requestEmailChange", wanted)
    await tab.says("INVALID_CREDENTIALS.requestEmailChange")
    await tab.send("requestEmailChange", {**wanted, "password.current": PASSWORD})
    await tab.says("sent.requestEmailChange", email=new)
    link = await inbox.link(new, "confirm-email")
    await tab.open(link)
    await tab.send("confirmEmailChange")
    await tab.says("done.confirmEmailChange", email=new)
    await tab.open(link)
    await tab.send("confirmEmailChange")
    await tab.says("done.confirmEmailChange", email=new)
    await tab.open()
    await expect(tab.page.locator("p[data-person=email]")).to_have_text(new)

    owner = await new_tab()
    undo = await inbox.link(ada.email, "undo-email")
    await owner.open(undo)
    await owner.send("undoEmailChange")
    await owner.says("done.undoEmailChange", email=ada.email)
    await owner.open(undo)
    await owner.send("undoEmailChange")
    await owner.says("INVALID_TOKEN.undoEmailChange")
    await tab.open()
    await tab.says("SESSION_REVOKED")
    await owner.open(await inbox.link(ada.email, "reset"))
    await owner.send("resetPassword", {"password.new": NEW_PASSWORD})
    await owner.says("done.resetPassword")
    await owner.log_in(ada.email, NEW_PASSWORD)
    await owner.is_inside("Ada")


async def test_a_link_logs_in_where_it_was_asked_for(
    tab: AccountPages, new_tab: NewTab, ada: User, inbox: Inbox
) -> None:
    """Nowhere else, which is said in words, and uses it up for nobody; and once."""
    await tab.open("login")
    await tab.send("requestLoginLink", {"email": ada.email})
    await tab.says("sent", email=ada.email)
    link = await inbox.link(ada.email, "login-link")
    other = await new_tab()
    await other.open(link)
    await other.send("loginWithLink")
    await other.says("INVALID_TOKEN.loginWithLink")
    await tab.open(link)
    await tab.send("loginWithLink")
    await tab.is_inside("Ada")
    await tab.open(link)
    await tab.send("loginWithLink")
    await tab.says("INVALID_TOKEN.loginWithLink")


async def test_everything_stored_is_taken_along_and_then_deleted(
    tab: AccountPages, ada: User, rules: Auth
) -> None:
    """The file holds it all, of however many answers; afterwards nobody is there."""
    happened = [str(one) for one in await add_events(rules, ada, 1500)]
    await tab.log_in(ada.email, PASSWORD)
    await tab.is_inside("Ada")
    async with tab.page.expect_download() as downloading:
        await tab.send("accountExport")
    file = await (await downloading.value).path()
    stored = json.loads(await run_sync(file.read_text))
    assert stored["account"]["email"] == ada.email
    assert set(happened) < {event["id"] for event in stored["events"]}
    assert (len(stored["sessions"]), stored["next"]) == (1, None)
    await tab.says("done.accountExport")
    await tab.send("deleteAccount", {"password.current": "wrong"})
    await tab.says("INVALID_CREDENTIALS.deleteAccount")
    await tab.send("deleteAccount", {"password.current": PASSWORD})
    await tab.says("done.deleteAccount")
    assert await rules.accounts.find(str(ada.id)) is None
    await tab.log_in(ada.email, PASSWORD)
    await tab.says("INVALID_CREDENTIALS")


async def test_somebody_looks_after_their_account(
    tab: AccountPages, new_tab: NewTab, ada: User, rules: Auth
) -> None:
    """A name, a language, a password; who is logged in, and what happened; and out."""
    for one in (tab, await new_tab(), await new_tab()):
        await one.log_in(ada.email, PASSWORD)
        await one.is_inside("Ada")
    await tab.open()
    sessions = tab.page.locator("#sessions-list > li")
    await expect(sessions).to_have_count(3)
    await tab.form("revokeSession").get_by_role("button").nth(1).click()
    await tab.says("done.revokeSession")
    await expect(sessions).to_have_count(2)
    await tab.send("revokeOtherSessions")
    await tab.says("done.revokeOtherSessions", count=1)
    await expect(sessions).to_have_count(1)

    await tab.form("updateProfile").get_by_role("combobox").select_option("ko")
    await tab.send("updateProfile", {"name": "Ada L."})
    await tab.says("done.updateProfile")
    await tab.is_inside("Ada L.")
    person = await rules.accounts.find(str(ada.id))
    assert person
    assert (person.name, person.locale) == ("Ada L.", "ko")

    new = {"password.current": PASSWORD, "password.new": NEW_PASSWORD}
    await tab.send("changePassword", {**new, "password.current": "wrong"})
    await tab.says("INVALID_CREDENTIALS.changePassword")
    await tab.send("changePassword", new)
    await tab.says("done.changePassword")
    changed = tab.texts.script["event.password_changed"]
    events = tab.page.locator("#events-list")
    await expect(events.get_by_text(changed, exact=True)).to_be_visible()
    await tab.page.reload()
    await tab.is_inside("Ada L.")
    await tab.send("logout")
    await expect(tab.page.get_by_role("heading", level=1)).to_have_text(
        tab.texts.page["login.title"]
    )
    await tab.open()
    await expect(tab.form("login")).to_be_visible()


# What links do by themselves


async def test_opening_links_uses_nothing_up(
    tab: AccountPages, ada: User, inbox: Inbox, rules: Auth
) -> None:
    """However often, with the script running, as in a mail scanner's browser."""
    await tab.open("forgot")
    await tab.send("requestPasswordReset", {"email": ada.email})
    link = await inbox.link(ada.email, "reset")
    before = [await rows(rules, ada, model) for model in (OneTimeToken, RefreshToken)]
    assert [len(found) for found in before] == [1, 0]
    tab.asked.clear()
    for _ in range(3):
        await tab.open(link)
        await tab.page.wait_for_load_state("networkidle")
    assert before == [await rows(rules, ada, model) for model in (OneTimeToken, RefreshToken)]
    assert not any(url.endswith("/graphql") for url in tab.asked)


async def test_another_language_keeps_the_link(
    tab: AccountPages, ada: User, inbox: Inbox, language: str
) -> None:
    """Which is no longer in the address; and later pages are in that language too."""
    await tab.open("forgot")
    await tab.send("requestPasswordReset", {"email": ada.email})
    await tab.open(await inbox.link(ada.email, "reset"))
    (other,) = set(LANGUAGES) - {language}
    await tab.page.get_by_role("link", name=LANGUAGES[other]).click()
    await expect(tab.page.locator("html")).to_have_attribute("lang", other)
    tab = AccountPages(tab.page, tab.url.removesuffix("/account/"), other)
    await tab.send("resetPassword", {"password.new": NEW_PASSWORD})
    await tab.says("done.resetPassword")
    await tab.page.get_by_role("link", name=tab.texts.page["to.login"]).click()
    assert tab.page.url == f"{tab.url}login?lang={other}"


async def test_half_a_link_is_said_to_be_one(tab: AccountPages) -> None:
    """And there is no button to press; the whole one, pasted over it, is taken."""
    await tab.open("reset#token=")
    await tab.says("incomplete")
    await expect(tab.form("resetPassword")).to_be_hidden()
    await tab.page.evaluate("location.hash = '#token=whole'")
    await expect(tab.form("resetPassword")).to_be_visible()
    await expect(tab.page).to_have_url(f"{tab.url}reset")


async def test_a_page_does_not_go_on_as_somebody_else(
    server: Server, browser_of: Profile, new_tab: NewTab, ada: User, rules: Auth, address: str
) -> None:
    """Who has logged in by another tab is who the page is then about."""
    bob = await rules.accounts.create(f"bob.{address}", PASSWORD, "Bob")
    with rules.database.use():
        await User.filter(id=bob.id).update(email_verified=True)
    profile = await browser_of()
    one, other = await new_tab(profile), await new_tab(profile)
    await one.log_in(ada.email, PASSWORD)
    await one.is_inside("Ada")
    await other.log_in(bob.email, PASSWORD)
    await other.is_inside("Bob")
    await one.is_inside("Bob")

    # Ada again, by something that tells no tab.
    ask = {"query": LOGIN, "variables": {"email": ada.email, "password": PASSWORD}}
    await profile.request.post(f"{server.url}/graphql", data=ask)
    refusal = {"message": "", "extensions": {"code": "UNAUTHENTICATED", "reason": "TOKEN_EXPIRED"}}

    async def refuse(route: Route) -> None:
        await route.fulfill(json={"data": {"answer": None}, "errors": [refusal]})

    await one.page.route("**/graphql", refuse, times=1)
    await one.send("updateProfile", {"name": "Bob L."})
    await one.is_inside("Ada")
    for person, name in ((ada, "Ada"), (bob, "Bob")):
        found = await rules.accounts.find(str(person.id))
        assert found
        assert found.name == name


async def test_a_session_that_has_ended_elsewhere_is_left(
    browser_of: Profile, new_tab: NewTab, ada: User
) -> None:
    """At the next button that is pressed, and the page says why."""
    profile = await browser_of()
    one, other = await new_tab(profile), await new_tab(profile)
    await one.log_in(ada.email, PASSWORD)
    await one.is_inside("Ada")
    await other.open()
    await other.send("logout")
    await expect(other.form("login")).to_be_visible()
    await one.send("updateProfile", {"name": "Ada L."})
    await one.says("REFRESH_TOKEN_MISSING")

    await one.log_in(ada.email, PASSWORD)
    await one.is_inside("Ada")
    elsewhere = await new_tab()
    await elsewhere.log_in(ada.email, PASSWORD)
    await elsewhere.is_inside("Ada")
    await elsewhere.send("revokeOtherSessions")
    await elsewhere.says("done.revokeOtherSessions", count=1)
    await one.send("updateProfile", {"name": "Ada L."})
    await one.says("SESSION_REVOKED")
    await expect(one.form("updateProfile")).to_be_hidden()


# Everybody


async def test_it_is_done_by_keyboard_alone(tab: AccountPages, ada: User, inbox: Inbox) -> None:
    """Asking for a link, setting a password, logging in and out, with Tab and Enter."""
    keyboard, words = tab.page.keyboard, tab.texts.page
    await tab.open("login")
    await tab.tab_to(words["to.forgot"])
    await keyboard.press("Enter")
    await expect(tab.form("requestPasswordReset")).to_be_visible()
    await tab.tab_to(words["email"])
    await keyboard.type(ada.email)
    await keyboard.press("Enter")
    await tab.says("sent", email=ada.email)
    await tab.open(await inbox.link(ada.email, "reset"))
    await tab.tab_to(words["password.new"])
    await keyboard.type(NEW_PASSWORD)
    await keyboard.press("Enter")
    await tab.says("done.resetPassword")
    await tab.tab_to(words["to.login"])
    await keyboard.press("Enter")
    await expect(tab.form("login")).to_be_visible()
    await tab.tab_to(words["email"])
    await keyboard.type(ada.email)
    await tab.tab_to(words["password"])
    await keyboard.type(NEW_PASSWORD)
    await keyboard.press("Enter")
    await tab.is_inside("Ada")
    await tab.tab_to(words["logout.button"])
    await keyboard.press("Enter")
    await expect(tab.form("login")).to_be_visible()


async def test_every_page_is_for_everybody(
    new_tab: NewTab,
    rules: Auth,
    axe: str,
    take_screenshot: TakeScreenshot,
    language: str,
) -> None:
    """In both schemes no barrier, and on the narrowest screen nothing that is wider."""
    email = "ada@example.com" if language == "en" else f"ada@{language}.example.com"
    await confirmed(rules, email)
    for scheme in SCHEMES:
        tab = await new_tab(color_scheme=scheme)
        for name in (name for name in PAGES if name):
            await tab.open(f"{name}#token=a-token")
            assert await accessibility_violations(tab, axe) == []
            await take_screenshot(tab.page, f"pages-{name}-{language}-{scheme}")
            await fits(tab)
        await tab.log_in(email, "a wrong password")
        await tab.says("INVALID_CREDENTIALS")
        assert await accessibility_violations(tab, axe) == []
        await take_screenshot(tab.page, f"pages-refused-{language}-{scheme}")
        await tab.log_in(email, PASSWORD)
        await tab.is_inside("Ada")
        assert await accessibility_violations(tab, axe) == []
        await take_screenshot(tab.page, f"pages-account-{language}-{scheme}")
        await fits(tab)


async def test_without_a_script_a_page_says_what_to_do(
    browser_of: Profile, server: Server, language: str
) -> None:
    """And shows nothing that would not work."""
    profile = await browser_of(java_script_enabled=False)
    tab = await AccountPages.new(profile, server.url, language)
    for name in PAGES:
        await tab.page.goto(f"{tab.url}{name}#token=a-token")
        note = tab.page.locator("noscript p")
        await expect(note).to_be_visible()
        assert await note.text_content() == tab.texts.page["noscript"]
        await expect(tab.page.locator("button:visible, input:visible")).to_have_count(0)


async def test_tabs_that_open_at_once_are_one_session(
    browser_of: Profile,
    new_tab: NewTab,
    ada: User,
    rules: Auth,
) -> None:
    """Restored together, each is logged in and none logs another out."""
    profile = await browser_of()
    first = await new_tab(profile)
    await first.log_in(ada.email, PASSWORD)
    await first.is_inside("Ada")
    tabs = [await new_tab(profile) for _ in range(4)]
    for tab in tabs:
        await tab.page.goto(tab.url, wait_until="commit")
    for tab in tabs:
        await tab.is_inside("Ada")
    assert len(await rows(rules, ada, RefreshToken)) == 1


async def test_below_a_path_it_is_the_same(
    browser_of: Profile, mounted: str, language: str
) -> None:
    """In somebody's application, whose other pages it leaves alone."""
    tab = await AccountPages.new(await browser_of(), mounted, language)
    await tab.open()
    await expect(tab.form("login")).to_be_visible()
    await tab.log_in("ada@example.com", PASSWORD)
    await tab.is_inside("Ada")
    await tab.page.reload()
    await tab.is_inside("Ada")
    await tab.send("logout")
    await expect(tab.form("login")).to_be_visible()
    assert tab.complaints == []

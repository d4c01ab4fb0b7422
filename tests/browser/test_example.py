"""The example page, in the hands of somebody who sees only what it says."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from people import PASSWORD, begin
from playwright.async_api import BrowserContext, Page, expect
from processes import Serve
from screenshots import TakeScreenshot
from virtual_authenticator import VirtualAuthenticator
from vite import Vite

from authberry import Auth, Client
from authberry.models import RefreshToken, User
from bench.local_servers import free_port

ADA = "ada@example.com"
NEW_PASSWORD = "a second pass phrase"
CODES = re.compile(r"^(\S+\n){9}\S+$")
PHONE = Client(
    "198.51.100.7",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 19_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like"
    " Gecko) Version/19.1 Mobile/15E148 Safari/604.1",
    "request-1",
)
OFFICE = Client(
    "192.0.2.80",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:150.0) Gecko/20100101 Firefox/150.0",
    "request-2",
)


@pytest.fixture
def example(started: Serve) -> Iterator[str]:
    """The page's URL, before a server of its own; by a name, since passkeys need one."""
    port = free_port()
    url = f"http://localhost:{port}"
    server = started(webauthn_rp_id="localhost", webauthn_origins=url)
    with Vite(server.url, port):
        yield url


@pytest.fixture
async def page(profile: BrowserContext, example: str) -> Page:
    """The page, in a window of a handy size."""
    page = await profile.new_page()
    await page.set_viewport_size({"width": 760, "height": 800})
    await page.goto(example)
    return page


async def fill(page: Page, **fields: str) -> None:
    """Write into fields, found by their labels."""
    for label, text in fields.items():
        await page.get_by_label(label.replace("E_", "E-").replace("_", " "), exact=True).fill(text)


async def press(page: Page, button: str) -> None:
    """Press a button by what it says."""
    await page.get_by_role("button", name=button, exact=True).click()


async def join(page: Page) -> None:
    """Make Ada's account."""
    await press(page, "I am new here")
    await fill(page, E_mail=ADA, Password=PASSWORD, Name="Ada")
    await press(page, "Make an account")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Ada")


async def log_in_elsewhere(rules: Auth) -> None:
    """Let Ada log in on her phone and at her office."""
    with rules.database.use():
        ada = await User.get(email=ADA)
    for client in (PHONE, OFFICE):
        await begin(rules, ada, client)


async def live_sessions(rules: Auth) -> int:
    """How many sessions there are that have not ended."""
    with rules.database.use():
        return await RefreshToken.filter(revoked_at=None).count()


async def test_a_refusal_stands_beside_what_it_is_about(
    page: Page, rules: Auth, take_screenshot: TakeScreenshot
) -> None:
    """It is read out, and the field it is about has the focus."""
    await fill(page, E_mail=ADA, Password="not known here")
    await press(page, "Log in")
    alert = page.get_by_role("alert")
    await expect(alert).to_have_text("The address or the password is not right.")
    await expect(page.get_by_label("Password")).to_be_focused()
    await press(page, "I am new here")
    await fill(page, E_mail=ADA, Password="password")
    await press(page, "Make an account")
    await expect(page.get_by_label("Password")).to_have_accessible_description(
        await alert.text_content() or ""
    )
    await take_screenshot(page, "example-refused")
    assert await live_sessions(rules) == 0


async def test_sessions_are_seen_and_ended(
    page: Page, rules: Auth, take_screenshot: TakeScreenshot
) -> None:
    """One of three by its button; the picture is the README's."""
    await join(page)
    await log_in_elsewhere(rules)
    await page.reload()
    await expect(page.get_by_role("listitem")).to_have_count(3)
    await take_screenshot(page, "example", whole=True)
    await press(page, "End the session of Safari on iPhone")
    await expect(page.get_by_role("listitem")).to_have_count(2)
    assert await live_sessions(rules) == 2


async def test_a_new_password_ends_the_other_sessions(page: Page, rules: Auth) -> None:
    """And this one goes on; the old password is no good any more."""
    await join(page)
    await log_in_elsewhere(rules)
    await fill(page, Your_password="wrong", A_new_one=NEW_PASSWORD)
    await press(page, "Change it")
    await expect(page.get_by_role("alert")).to_have_text("That is not your password.")
    await fill(page, Your_password=PASSWORD)
    await press(page, "Change it")
    await expect(page.get_by_text("Your password is changed.")).to_be_visible()
    assert await live_sessions(rules) == 1
    await page.reload()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Ada")


async def test_a_logout_takes_the_page_back_to_its_door(
    page: Page, profile: BrowserContext, rules: Auth
) -> None:
    """In the other tab too; without a network it says that it has not happened."""
    await join(page)
    other = await profile.new_page()
    await other.goto(page.url)
    await expect(other.get_by_role("heading", level=1)).to_have_text("Ada")
    await profile.set_offline(offline=True)
    await press(page, "Log out")
    await expect(page.get_by_role("alert")).to_contain_text("You are still logged in.")
    await profile.set_offline(offline=False)
    await press(page, "Log out")
    for tab in (page, other):
        await expect(tab.get_by_role("heading", level=1)).to_have_text("Welcome back")
    assert await live_sessions(rules) == 0


async def add_passkey(page: Page) -> VirtualAuthenticator:
    """Make one for Ada, on what her laptop has built in."""
    authenticator = await VirtualAuthenticator.beside(page)
    await press(page, "Add a passkey")
    await expect(page.get_by_text("From now on it logs you in.")).to_be_visible()
    return authenticator


async def test_a_passkey_is_offered_where_the_address_is_typed(page: Page, rules: Auth) -> None:
    """Whoever is logged out and chooses it is logged in, with nothing typed or pressed."""
    await join(page)
    await add_passkey(page)
    await expect(page.locator("pre")).to_have_text(CODES)
    with rules.database.use():
        (before,) = await RefreshToken.filter(revoked_at=None)
    async with page.expect_response(
        lambda answer: "mutation LoginWithPasskey(" in (answer.request.post_data or "")
    ):
        await press(page, "Log out")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Ada")
    with rules.database.use():
        (after,) = await RefreshToken.filter(revoked_at=None)
    assert before.id != after.id


async def test_a_second_step_follows_the_password(
    page: Page, rules: Auth, take_screenshot: TakeScreenshot
) -> None:
    """A code that is wrong is said beside its field; a passkey does as well."""
    await join(page)
    authenticator = await add_passkey(page)
    await authenticator.be_touched(is_touched=False)
    await press(page, "Log out")
    await fill(page, E_mail=ADA, Password=PASSWORD)
    await press(page, "Log in")
    code = page.get_by_label("Code of your app, or a recovery code")
    await code.fill("7K-2M4QX-9RTVA-3C8")
    await press(page, "Go on")
    await expect(code).to_have_accessible_description("That is not right.")
    await take_screenshot(page, "example-second-step")
    assert await live_sessions(rules) == 0
    await authenticator.be_touched(is_touched=True)
    await press(page, "Use a passkey")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Ada")


async def test_what_is_not_undone_asks_who_it_is(
    page: Page, rules: Auth, take_screenshot: TakeScreenshot
) -> None:
    """Ten minutes behind the login; once that is proved, what was asked for is done."""
    await join(page)
    authenticator = await add_passkey(page)
    with rules.database.use():
        session = await RefreshToken.get(revoked_at=None)
        session.authenticated_at -= timedelta(minutes=10)
        await session.save(update_fields=["authenticated_at"])
    await page.reload()
    await press(page, "Remove Passkey")
    dialog = page.get_by_role("dialog", name="Is it you?")
    await expect(dialog).to_be_visible()
    await take_screenshot(page, "example-is-it-you")
    await dialog.get_by_role("button", name="Not now").click()
    await expect(page.get_by_role("alert")).to_be_visible()
    assert len(await authenticator.credentials()) == 1

    await press(page, "Remove Passkey")
    await dialog.get_by_role("button", name="Use a passkey").click()
    passkeys = page.get_by_role("list", name="Passkeys and apps").get_by_role("listitem")
    await expect(passkeys).to_have_count(0)
    assert await authenticator.credentials() == []

"""The example page, in the hands of somebody who sees only what it says."""

from collections.abc import Iterator

import pytest
from people import PASSWORD, begin
from playwright.async_api import BrowserContext, Page, expect
from processes import Serve
from screenshots import TakeScreenshot
from vite import Vite

from authberry import Auth, Client
from authberry.models import RefreshToken, User

ADA = "ada@example.com"
NEW_PASSWORD = "a second pass phrase"
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
    """The page's URL, before a server of its own."""
    with Vite(started().url) as vite:
        yield vite.url


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
    await take_screenshot(page, "example")
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

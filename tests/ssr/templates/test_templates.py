"""The example of pages and forms, in a browser that runs no scripts."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta

import pytest
from people import PASSWORD, PHONE, begin
from playwright.async_api import Browser, BrowserContext, Page, expect
from second_factors import with_app
from templates_example import TemplatesExample

from authberry import Auth, RefreshTokenTransport
from authberry.models import RefreshToken, Totp, User

ADA = "ada@example.com"
SESSION = "authberry_session"
RENDERS = 50


@pytest.fixture
async def ada(rules: Auth) -> User:
    """Ada, an administrator."""
    return await rules.accounts.create(ADA, PASSWORD, "Ada", ("admin",))


@pytest.fixture
def example(ada: User, database_url: str) -> Iterator[str]:
    """Its address; the tables are there before it."""
    with TemplatesExample(database_url) as program:
        yield program.url


@pytest.fixture
async def scriptless(chromium: Browser) -> AsyncIterator[BrowserContext]:
    """A browser that runs no scripts, with an empty cookie jar."""
    context = await chromium.new_context(java_script_enabled=False)
    context.set_default_timeout(60_000)
    yield context
    await context.close()


@pytest.fixture
async def page(scriptless: BrowserContext, example: str) -> Page:
    """A tab in which Ada has logged in."""
    page = await scriptless.new_page()
    await page.goto(example)
    await log_in(page)
    await title(page, "Notes")
    return page


async def title(page: Page, text: str) -> None:
    """Wait for a page, by its heading."""
    await expect(page.get_by_role("heading", level=1)).to_have_text(text)


async def log_in(page: Page) -> None:
    """Fill the form in."""
    await page.get_by_label("E-mail").fill(ADA)
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Log in").click()


async def log_out(page: Page) -> None:
    """By the button in the page's head."""
    await page.get_by_role("button", name=f"Log out {ADA}").click()


async def cookie(profile: BrowserContext) -> str | None:
    """What stands for the session in the browser."""
    held = {str(one.get("name")): one.get("value") for one in await profile.cookies()}
    return held.get(SESSION)


async def test_the_person_is_right_on_every_page(
    page: Page, scriptless: BrowserContext, example: str
) -> None:
    """Load, link, form, reload, back, another tab: the cookie is the same all along."""
    before = await cookie(scriptless)
    for link in ("Private", "Sessions", "Admin", "Notes"):
        await page.get_by_role("link", name=link).click()
        await title(page, link)
        await expect(page.get_by_role("button", name=f"Log out {ADA}")).to_be_visible()
    await page.get_by_label("Something new").fill("milk")
    await page.get_by_role("button", name="Write it down").click()
    await expect(page.get_by_role("listitem")).to_have_text(["milk"])
    await page.reload()
    await expect(page.get_by_role("listitem")).to_have_text(["milk"])
    await page.go_back()
    await expect(page.get_by_role("button", name=f"Log out {ADA}")).to_be_visible()
    other = await scriptless.new_page()
    await other.goto(f"{example}/sessions")
    await expect(other.get_by_text("(this one)")).to_be_visible()
    assert await cookie(scriptless) == before


async def test_a_link_of_another_site_leads_to_a_page_that_knows_who_looks(
    page: Page, scriptless: BrowserContext, example: str
) -> None:
    """A picture, a frame and a form of it are nobody's."""
    await scriptless.route(
        "http://mail.test/*",
        lambda route: route.fulfill(
            content_type="text/html",
            body=f"""<a href="{example}/">Read it</a><iframe src="{example}/" name=f></iframe>
            <form method=post action="{example}/notes"><input name=text value=spam>
            <button>Win</button></form>""",
        ),
    )
    await page.goto("http://mail.test/")
    frame = page.frame_locator("iframe")
    await expect(frame.get_by_text(ADA)).to_have_count(0)
    await page.get_by_role("button", name="Win").click()
    # The form came without the cookie; the page that it is led to is loaded with it.
    await title(page, "Is it you?")
    await page.goto("http://mail.test/")
    await page.get_by_role("link", name="Read it").click()
    await title(page, "Notes")
    await expect(page.get_by_role("listitem")).to_have_count(0)


async def test_a_logout_in_another_tab_is_seen_by_the_next_load(
    page: Page, scriptless: BrowserContext, example: str
) -> None:
    """By a link, a form and a reload; the form has written nothing."""
    other = await scriptless.new_page()
    await other.goto(example)
    await log_out(other)
    await title(other, "Log in")
    assert await cookie(scriptless) is None
    await page.get_by_label("Something new").fill("milk")
    await page.get_by_role("button", name="Write it down").click()
    await title(page, "Log in")
    await log_in(page)
    await title(page, "Notes")
    await expect(page.get_by_role("listitem")).to_have_count(0)


async def test_a_session_ended_from_another_device_is_seen_by_the_next_load(
    page: Page, rules: Auth, ada: User, chromium: Browser, example: str
) -> None:
    """By the list of sessions there; the browser is led to the login and back."""
    phone = await chromium.new_context(java_script_enabled=False)
    there = await phone.new_page()
    await there.goto(f"{example}/sessions")
    await log_in(there)
    await there.get_by_role("button", name="End it").click()
    await expect(there.get_by_role("listitem")).to_have_count(1)
    await phone.close()
    await page.get_by_role("link", name="Sessions").click()
    await title(page, "Log in")
    await log_in(page)
    await title(page, "Sessions")


async def test_fifty_pages_at_once_log_nobody_out(
    page: Page, scriptless: BrowserContext, example: str
) -> None:
    """All are the person's, and the cookie stays; a logout is seen by the next fifty."""
    before = await cookie(scriptless)

    async def load() -> tuple[int, bool]:
        answer = await scriptless.request.get(example, headers={"Accept": "text/html"})
        return answer.status, ADA in await answer.text()

    assert await asyncio.gather(*(load() for _ in range(RENDERS))) == [(200, True)] * RENDERS
    assert await cookie(scriptless) == before
    await page.reload()
    await log_out(page)
    await title(page, "Log in")
    assert await asyncio.gather(*(load() for _ in range(RENDERS))) == [(200, False)] * RENDERS


async def test_an_old_login_is_proved_once_more(page: Page, rules: Auth) -> None:
    """In the same session, and the browser is led back to what it wanted."""
    with rules.database.use():
        session = await RefreshToken.get(revoked_at=None)
        session.authenticated_at -= timedelta(minutes=10)
        await session.save(update_fields=["authenticated_at"])
    await page.get_by_role("link", name="Private").click()
    await title(page, "Is it you?")
    await page.get_by_label("Password").fill("not this one")
    await page.get_by_role("button", name="Go on").click()
    await expect(page.get_by_role("alert")).to_be_visible()
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Go on").click()
    await title(page, "Private")
    with rules.database.use():
        assert await RefreshToken.filter(revoked_at=None).count() == 1


async def test_a_second_factor_is_asked_for(
    scriptless: BrowserContext, example: str, rules: Auth, ada: User
) -> None:
    """By a page of its own, which leads on to what was wanted."""
    phone = await with_app(rules, ada)
    page = await scriptless.new_page()
    await page.goto(f"{example}/sessions")
    await log_in(page)
    await title(page, "Second step")
    assert await cookie(scriptless) is None
    await page.get_by_label("Code of your app").fill("000000")
    await page.get_by_role("button", name="Go on").click()
    await expect(page.get_by_role("alert")).to_be_visible()
    with rules.database.use():
        await Totp.filter(user_id=ada.id).update(last_step=0)  # as if its code was used long ago
    await page.get_by_label("Code of your app").fill(phone.code())
    await page.get_by_role("button", name="Go on").click()
    await title(page, "Sessions")


async def test_a_stranger_s_cookie_is_nobody_s(
    scriptless: BrowserContext, example: str, rules: Auth, ada: User
) -> None:
    """One whose session has ended is kept in the browser, and stands for nobody."""
    issued = await begin(rules, ada, PHONE, RefreshTokenTransport.SESSION)
    await rules.sessions.revocation.revoke_by_id(issued.session.id, PHONE)
    jar = [{"name": SESSION, "value": issued.refresh_token, "url": example}]
    await scriptless.add_cookies(jar)  # type: ignore[arg-type]
    page = await scriptless.new_page()
    await page.goto(example)
    await title(page, "Log in")
    assert await cookie(scriptless) == issued.refresh_token

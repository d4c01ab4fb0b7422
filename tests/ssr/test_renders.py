"""What a frontend asks the service while it renders, and what comes of renders that overlap."""

import asyncio

import httpx
from documents import LOGOUT
from people import PASSWORD
from playwright.async_api import BrowserContext
from rendered_site import Site, Visit
from second_factors import REAUTHENTICATE
from site_visitors import Person

RENDERS = 50
OF_FETCH = {
    "accept",
    "accept-encoding",
    "accept-language",
    "cache-control",
    "connection",
    "content-length",
    "content-type",
    "cookie",
    "host",
    "pragma",
    "sec-fetch-mode",
    "user-agent",
}
"""What Node sends by itself, and a cookie."""


async def test_fifty_renders_at_once_at_the_moment_of_a_step_up(site: Site, ada: Person) -> None:
    """Each asks with the cookie of before, and is answered: nobody is logged out by a race.

    The service hears all of them behind the step-up, and as many again with the new cookie.
    """
    issued = await ada.elsewhere()
    old = f"__Host-session={issued.refresh_token}"
    limits = httpx.Limits(max_connections=RENDERS)
    async with httpx.AsyncClient(limits=limits, timeout=60) as client:
        site.api.hold()
        rendering = [asyncio.create_task(site.render(client, "/", old)) for _ in range(RENDERS)]
        await asyncio.to_thread(site.api.until_held, RENDERS)
        proved = await ada.ask(issued, REAUTHENTICATE, proof={"password": PASSWORD})
        site.api.release()
        pages = await asyncio.gather(*rendering)
        new = proved.headers["set-cookie"].partition(";")[0]
        assert new.startswith("__Host-session=")
        assert new != old
        pages += await asyncio.gather(*(site.render(client, "/", new) for _ in range(RENDERS)))
        assert {(page.status_code, "Welcome, Ada" in page.text) for page in pages} == {(200, True)}
        assert not any("set-cookie" in page.headers for page in pages)


async def test_a_logout_is_seen_by_the_next_render(site: Site, ada: Person) -> None:
    """Of fifty that are asked for at once: those before are hers, those behind are nobody's."""
    issued = await ada.elsewhere()
    cookie = f"__Host-session={issued.refresh_token}"
    async with httpx.AsyncClient(timeout=60) as client:
        before = await asyncio.gather(*(site.render(client, "/", cookie) for _ in range(RENDERS)))
        assert {("Welcome, Ada" in page.text, page.status_code) for page in before} == {(True, 200)}
        await ada.ask(issued, LOGOUT)
        after = await asyncio.gather(*(site.render(client, "/", cookie) for _ in range(RENDERS)))
        seen = {("Nobody is logged in" in page.text, page.status_code) for page in after}
        assert seen == {(True, 200)}


async def test_a_render_asks_once_who_it_is_and_sends_the_cookie_alone(
    site: Site, profile: BrowserContext, ada: Person
) -> None:
    """However many parts of a page want to know; no cache may keep what comes of it."""
    issued = await ada.log_in(profile)
    site.api.forget()
    page = await profile.new_page()
    response = await page.goto(f"{site.url}/account", referer=f"{site.url}/login")
    assert response
    assert "no-store" in response.headers["cache-control"]
    questions = [one.body.count(b"me {") for one in site.api.requests]
    assert sorted(questions) == [0, 1]  # the other one is for the sessions
    for headers in site.api.headers:
        assert headers["cookie"] == f"__Host-session={issued.refresh_token}"
        assert headers["user-agent"] == "node"
        assert headers.keys() <= OF_FETCH


async def test_a_form_says_which_device_sends_it(
    site: Site, profile: BrowserContext, ada: Person, address: str
) -> None:
    """For the list of sessions; and from where, for limits."""
    site.api.forget()
    tab = await Visit.open_(profile, site, "/login")
    await tab.fill(E_mail=address, Password=PASSWORD)
    await tab.press("Log in")
    await tab.sees("Welcome, Ada")
    (login,) = [one for one in site.api.requests if b"login(" in one.body]
    assert login.headers["user-agent"] == await tab.page.evaluate("navigator.userAgent")
    assert login.headers["x-forwarded-for"] == "127.0.0.1"
    assert not {"origin", "referer", "sec-fetch-site"} & login.headers.keys()


async def test_a_stranger_is_sent_to_the_login_page_and_costs_no_question(site: Site) -> None:
    """Next.js sees from the cookies alone that nobody is there, whatever else is among them."""
    site.api.forget()
    cookie = "theme=dark" if site.name == "nextjs" else ""
    async with httpx.AsyncClient() as client:
        page = await site.render(client, "/account", cookie)
    assert page.is_redirect
    assert page.headers["location"].removeprefix(site.url) == "/login"
    assert site.api.requests == []

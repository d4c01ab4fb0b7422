"""What people see of pages that a server renders, and that only a cookie tells who they are."""

import httpx
import pyotp
import pytest
from people import PASSWORD
from playwright.async_api import BrowserContext, expect
from rendered_site import Site, Visit
from screenshots import take_screenshot
from second_factors import BEGIN_TOTP, CONFIRM_TOTP
from site_visitors import Person, Profiles

RENDERS = 50
NEW_PASSWORD = "a second pass phrase"
ASK = """([url, query]) => fetch(`${url}/graphql`, {
  method: "POST",
  headers: {"Content-Type": "application/json"},
  body: JSON.stringify({query}),
  credentials: "include",
}).then(answer => answer.json())"""
"""What a script of a page does that asks the service by itself."""

WITH_AND_WITHOUT = pytest.mark.parametrize(
    "scripts", [pytest.param(True, id="scripts"), pytest.param(False, id="no scripts")]
)


async def session_cookies(profile: BrowserContext) -> dict[str, str]:
    """The cookies that stand for a session, by name."""
    cookies = await profile.cookies()
    return {one["name"]: one["value"] for one in cookies if "session" in one["name"]}


@WITH_AND_WITHOUT
async def test_a_person_is_known_on_every_way_to_a_page(
    site: Site, profiles: Profiles, address: str, *, scripts: bool
) -> None:
    """From making an account to logging out: by a form, a link, a change, a reload."""
    profile = await profiles.open_(scripts=scripts)
    tab = await Visit.open_(profile, site, has_scripts=scripts)
    await tab.sees("Nobody is logged in")
    await tab.follow("Account")
    await tab.is_nobody()
    await tab.fill(E_mail=address, Password=PASSWORD)
    await tab.press("I am new here")
    await tab.sees(f"Welcome, {address}")
    (cookie,) = [one for one in await profile.cookies() if one["name"] == "__Host-session"]
    assert (cookie["domain"], cookie["path"]) == ("app.example.test", "/")
    assert (cookie["httpOnly"], cookie["secure"], cookie["sameSite"]) == (True, True, "Lax")
    if scripts:
        await tab.page.evaluate("window.isSamePage = true")
    await tab.follow("Account")
    await tab.sees("Account")
    await tab.fill(Name="Ada Lovelace")
    await tab.press("Save")
    await tab.is_known_as("Ada Lovelace")
    await take_screenshot(
        tab.page, f"example-{site.name}-{'' if scripts else 'no-'}scripts", whole=True
    )
    await tab.follow("Home")
    await tab.sees("Welcome, Ada Lovelace")
    if scripts:
        assert await tab.page.evaluate("window.isSamePage")
    await tab.reload()
    await tab.sees("Welcome, Ada Lovelace")
    assert cookie["value"] not in await tab.page.content()
    await tab.press("Log out")
    await tab.is_nobody()
    assert await session_cookies(profile) == {}
    await tab.go("/account")
    await tab.is_nobody()


@WITH_AND_WITHOUT
async def test_a_refusal_is_said_where_it_was_asked(
    site: Site, profiles: Profiles, ada: Person, address: str, *, scripts: bool
) -> None:
    """The address stays in its field; nobody is logged in."""
    profile = await profiles.open_(scripts=scripts)
    tab = await Visit.open_(profile, site, "/login", has_scripts=scripts)
    await tab.fill(E_mail=address, Password="not known here")
    await tab.press("Log in")
    alert = tab.page.get_by_role("main").get_by_role("alert")
    await expect(alert).to_have_text("The e-mail address or the password is wrong.")
    await expect(tab.page.get_by_label("E-mail")).to_have_value(address)
    assert (await session_cookies(profile), await ada.live_sessions()) == ({}, 0)


@WITH_AND_WITHOUT
async def test_a_second_factor_is_asked_for(
    site: Site, profiles: Profiles, ada: Person, address: str, *, scripts: bool
) -> None:
    """Whoever is in the middle of a login is known by a cookie that is copied like any other."""
    issued = await ada.elsewhere()
    begun = (await ada.ask(issued, BEGIN_TOTP)).json()["data"]["beginTotpEnrollment"]
    app = pyotp.TOTP(begun["secret"])
    confirmed = await ada.ask(issued, CONFIRM_TOTP, code=app.now(), ticket=begun["ticket"])
    codes = confirmed.json()["data"]["confirmTotpEnrollment"]["recoveryCodes"]
    profile = await profiles.open_(scripts=scripts)
    tab = await Visit.open_(profile, site, "/login", has_scripts=scripts)
    await tab.fill(E_mail=address, Password=PASSWORD)
    await tab.press("Log in")
    await tab.sees("One more step")
    field = tab.page.get_by_label("Code of your app, or a recovery code")
    await field.fill("7K-2M4QX-9RTVA-3C8")
    await tab.press("Go on")
    await expect(tab.page.get_by_role("main").get_by_role("alert")).to_be_visible()
    assert await session_cookies(profile) == {}
    await field.fill(codes[0])
    await tab.press("Go on")
    await tab.sees("Welcome, Ada")


async def test_who_logs_out_is_logged_out_in_every_tab(
    site: Site, profile: BrowserContext, ada: Person, address: str
) -> None:
    """And who logs in is logged in: nothing is to be loaded by hand. Back shows nobody."""
    await ada.log_in(profile)
    tab = await Visit.open_(profile, site)
    await tab.follow("Account")
    await tab.sees("Account")
    other = await Visit.open_(profile, site, "/account")
    await other.press("Log out")
    await other.is_nobody()
    await tab.is_nobody()
    assert await ada.live_sessions() == 0
    await other.page.go_back()
    await expect(other.page.get_by_role("banner")).to_contain_text("Log in")
    await expect(other.page.get_by_role("banner")).not_to_contain_text("Ada")
    await other.go("/login")
    await other.fill(E_mail=address, Password=PASSWORD)
    await other.press("Log in")
    await tab.sees("Welcome, Ada")


@WITH_AND_WITHOUT
@pytest.mark.parametrize("step", ["link", "change", "reload"])
async def test_a_session_ends_in_the_middle(
    site: Site, profiles: Profiles, ada: Person, step: str, *, scripts: bool
) -> None:
    """On another device, or in a tab that could not tell: the next step is nobody's."""
    profile = await profiles.open_(scripts=scripts)
    issued = await ada.log_in(profile)
    tab = await Visit.open_(
        profile, site, "/" if step == "link" else "/account", has_scripts=scripts
    )
    await tab.is_known_as("Ada")
    await ada.end(issued)
    if step == "link":
        await tab.follow("Account")
    elif step == "change":
        await tab.fill(Name="Somebody")
        await tab.press("Save")
    else:
        await tab.reload()
    await tab.is_nobody()
    await tab.go("/")
    await tab.sees("Nobody is logged in")
    assert await ada.name() == "Ada"


@WITH_AND_WITHOUT
async def test_a_session_is_ended_by_its_button(
    site: Site, profiles: Profiles, ada: Person, *, scripts: bool
) -> None:
    """That of the phone; this one goes on."""
    profile = await profiles.open_(scripts=scripts)
    await ada.log_in(profile)
    await ada.elsewhere()
    tab = await Visit.open_(profile, site, "/account", has_scripts=scripts)
    sessions = tab.sessions
    await expect(sessions).to_have_count(2)
    await tab.press("End")
    await expect(sessions).to_have_count(1)
    await expect(sessions).to_contain_text("This one")
    assert await ada.live_sessions() == 1


@WITH_AND_WITHOUT
async def test_a_new_password_gives_the_session_another_cookie(
    site: Site, profiles: Profiles, ada: Person, *, scripts: bool
) -> None:
    """The browser has it at once, and goes on; whoever held a copy of the old one is nobody."""
    profile = await profiles.open_(scripts=scripts)
    issued = await ada.log_in(profile)
    await ada.elsewhere()
    tab = await Visit.open_(profile, site, "/account", has_scripts=scripts)
    await tab.fill(Password=PASSWORD, New_password=NEW_PASSWORD)
    await tab.press("Change it")
    sessions = tab.sessions
    await expect(sessions).to_have_count(1)
    assert await ada.live_sessions() == 1
    kept = (await session_cookies(profile))["__Host-session"]
    assert kept != issued.refresh_token
    await tab.follow("Home")
    await tab.sees("Welcome, Ada")
    async with httpx.AsyncClient() as client:
        old = await site.render(client, "/", f"__Host-session={issued.refresh_token}")
    assert "Nobody is logged in" in old.text


async def test_a_cookie_that_is_good_no_more_leads_to_the_login_page(
    site: Site, profile: BrowserContext, ada: Person
) -> None:
    """Once, and not in a circle; it stays where it is: a newer one may be on its way."""
    issued = await ada.log_in(profile)
    await ada.end(issued)
    tab = await Visit.open_(profile, site, "/account")
    await tab.is_nobody()
    assert await session_cookies(profile) == {"__Host-session": issued.refresh_token}


async def test_hosts_of_one_site_share_what_is_logged_in(
    shared_site: tuple[Site, str], profile: BrowserContext, address: str
) -> None:
    """The service knows by the same cookie who asks it from a page: it was handed on as it came.

    Whoever logs out at the service is nobody at the frontend, too.
    """
    site, auth = shared_site
    tab = await Visit.open_(profile, site, "/login")
    await tab.fill(E_mail=address, Password=PASSWORD)
    await tab.press("I am new here")
    await tab.sees(f"Welcome, {address}")
    (cookie,) = [one for one in await profile.cookies() if "session" in one["name"]]
    assert (cookie["name"], cookie["domain"]) == ("__Secure-session", ".example.test")
    me = await tab.page.evaluate(ASK, [auth, "{ me { email } }"])
    assert me == {"data": {"me": {"email": address}}}
    await tab.page.evaluate(ASK, [auth, "mutation { logout { __typename } }"])
    assert await session_cookies(profile) == {}
    await tab.follow("Account")
    await tab.is_nobody()


@WITH_AND_WITHOUT
async def test_a_service_that_is_away_logs_nobody_out(
    site: Site, profiles: Profiles, ada: Person, *, scripts: bool
) -> None:
    """The page says that it cannot be shown; once the service is back, she is who she was."""
    profile = await profiles.open_(scripts=scripts)
    issued = await ada.log_in(profile)
    tab = await Visit.open_(profile, site, has_scripts=scripts)
    await tab.sees("Welcome, Ada")
    site.api.be_away(is_away=True)
    try:
        answer = await tab.page.reload()
        assert answer
        assert answer.status == 500
        if scripts or site.name != "nextjs":  # whose own page this is only where there are scripts
            await expect(tab.page.get_by_text("Try again in a moment.")).to_be_visible()
    finally:
        site.api.be_away(is_away=False)
    await tab.reload()
    await tab.sees("Welcome, Ada")
    assert await session_cookies(profile) == {"__Host-session": issued.refresh_token}

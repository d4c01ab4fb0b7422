"""Passkeys in Chromium, by the JavaScript client, with an authenticator that is a program."""

from datetime import timedelta
from typing import Any

import pytest
from account_pages import AccountPages, accessibility_violations, fits
from browser_tab import BrowserTab, BrowserTabs
from people import PASSWORD
from playwright.async_api import BrowserContext, expect
from processes import Serve, Server
from virtual_authenticator import VirtualAuthenticator

from authberry import Auth
from authberry.models import Passkey, RefreshToken, User

ADA = "ada@example.com"
TYPE = ".then((answer) => answer.__typename, (error) => error.code)"
CODES = "auth.request('mutation { regenerateRecoveryCodes { codes } }')"


@pytest.fixture
def tabs(profile: BrowserContext, pages: str, started: Serve) -> BrowserTabs:
    """Open tabs on a server of one's own; a page's host has to be a name to have passkeys."""
    origin = named(pages)
    server: Server = started(webauthn_rp_id="localhost", webauthn_origins=origin)
    return BrowserTabs(profile, origin, named(server.url))


@pytest.fixture
async def tab(tabs: BrowserTabs) -> BrowserTab:
    """A tab in which Ada has just made her account."""
    tab = await tabs.open()
    await tab.until("loggedOut")
    assert await tab.register() == "AuthPayload"
    return tab


@pytest.fixture
async def authenticator(tab: BrowserTab) -> VirtualAuthenticator:
    """What Ada's laptop has built in."""
    return await VirtualAuthenticator.beside(tab.page)


def named(url: str) -> str:
    """The same address by the name of this machine."""
    return url.replace("127.0.0.1", "localhost")


async def does(tab: BrowserTab, call: str) -> Any:
    """Have the client do something; returns the type of its answer, or the code of the error."""
    return await tab.page.evaluate(f"auth.{call}{TYPE}")


async def acr(tab: BrowserTab) -> str:
    """How sure the server is who is there."""
    level: str = await tab.page.evaluate(
        "auth.request('{ session { acr } }').then(({ session }) => session.acr)"
    )
    return level


async def logged_out(tab: BrowserTab) -> None:
    """Log out, in a page that is as if just opened."""
    await tab.logout()
    await tab.page.reload()
    await tab.until("loggedOut")


async def passkeys(rules: Auth) -> int:
    """How many there are on the server."""
    with rules.database.use():
        return await Passkey.all().count()


async def age_login(rules: Auth, tab: BrowserTab) -> None:
    """Let Ada's login be ten minutes old, and her token say so."""
    with rules.database.use():
        for session in await RefreshToken.all():
            then = session.authenticated_at - timedelta(minutes=10)
            await RefreshToken.filter(id=session.id).update(authenticated_at=then)
    assert await tab.refresh() == "loggedIn"


async def test_a_passkey_is_made_and_logs_in_alone(
    tab: BrowserTab, authenticator: VirtualAuthenticator, rules: Auth
) -> None:
    """Nothing is typed, and it is as sure as it gets; a device makes one for an account."""
    assert await does(tab, "registerPasskey({ name: 'Laptop' })") == "FactorAdded"
    assert await does(tab, "registerPasskey()") == "PASSKEY_EXISTS"
    assert (await passkeys(rules), len(await authenticator.credentials())) == (1, 1)
    await logged_out(tab)
    assert await does(tab, "loginWithPasskey()") == "AuthPayload"
    assert (await tab.me(), await acr(tab)) == (ADA, "phr")


async def test_autofill_logs_in_where_nothing_was_pressed(
    tab: BrowserTab, authenticator: VirtualAuthenticator
) -> None:
    """The page asks when it opens, and the browser answers with what its owner has chosen."""
    assert await does(tab, "registerPasskey()") == "FactorAdded"
    await logged_out(tab)
    assert await does(tab, "loginWithPasskey({ autofill: true })") == "AuthPayload"
    assert (await tab.me(), await acr(tab)) == (ADA, "phr")


async def test_what_waits_in_a_field_makes_way(
    tab: BrowserTab, authenticator: VirtualAuthenticator
) -> None:
    """A browser does one thing at a time; who presses the button is the one who is served."""
    assert await does(tab, "registerPasskey()") == "FactorAdded"
    await logged_out(tab)
    await authenticator.be_touched(is_touched=False)
    await tab.page.evaluate(
        "Object.assign(window, { asked: 0, get: navigator.credentials.get });"
        "navigator.credentials.get = function (...all) { asked += 1;"
        " return get.apply(navigator.credentials, all); };"
        f"waiting = auth.loginWithPasskey({{ autofill: true }}){TYPE}; undefined"
    )
    await tab.page.wait_for_function("asked === 1")
    await authenticator.be_touched(is_touched=True)
    assert await does(tab, "loginWithPasskey()") == "AuthPayload"
    assert await tab.page.evaluate("waiting") == "PASSKEY_NOT_GIVEN"


async def test_nobody_logs_in_whom_the_device_does_not_know(
    tab: BrowserTab, authenticator: VirtualAuthenticator
) -> None:
    """The person is told, and nobody is logged in."""
    assert await does(tab, "registerPasskey()") == "FactorAdded"
    await logged_out(tab)
    await authenticator.verify_user(is_verified=False)
    assert await does(tab, "loginWithPasskey()") == "PASSKEY_NOT_GIVEN"
    assert await tab.status() == "loggedOut"


async def test_a_key_that_verifies_nobody_is_a_second_step_and_no_login(
    tab: BrowserTab, authenticator: VirtualAuthenticator
) -> None:
    """What an old security key proves is that it is there."""
    assert await does(tab, "registerPasskey()") == "FactorAdded"
    (credential,) = await authenticator.credentials()
    await authenticator.remove()
    key = {"transport": "usb", "hasUserVerification": False, "isUserVerified": False}
    await (await VirtualAuthenticator.beside(tab.page, **key)).take(credential)
    await logged_out(tab)
    assert await does(tab, "loginWithPasskey()") == "PASSKEY_NOT_GIVEN"
    step = f"auth.login({{ email: '{ADA}', password: '{PASSWORD}' }})"
    prove = "auth.passkeyProof({ options: passkeyOptions })"
    complete = f"{prove}.then((proof) => auth.completeLogin({{ proof }}))"
    answer = await tab.page.evaluate(f"{step}.then(({{ passkeyOptions }}) => {complete}){TYPE}")
    assert answer == "AuthPayload"
    assert (await tab.me(), await acr(tab)) == (ADA, "aal2")


async def test_a_copy_of_a_key_that_counts_is_refused(
    tab: BrowserTab, authenticator: VirtualAuthenticator, rules: Auth
) -> None:
    """It has stopped counting when it was copied; the key that went on logs in."""
    assert await does(tab, "registerPasskey()") == "FactorAdded"
    (copy,) = await authenticator.credentials()
    assert not copy["backupEligibility"]
    await logged_out(tab)
    assert await does(tab, "loginWithPasskey()") == "AuthPayload"
    (key,) = await authenticator.credentials()
    assert key["signCount"] > copy["signCount"]
    for held, answer, status in (
        (copy, "InvalidProof", "loggedOut"),
        (key, "AuthPayload", "loggedIn"),
    ):
        await logged_out(tab)
        await authenticator.forget(held)
        await authenticator.take(held)
        assert await does(tab, "loginWithPasskey()") == answer
        assert await tab.status() == status
    with rules.database.use():
        assert (await Passkey.get()).sign_count == key["signCount"] + 1


async def test_a_browser_forgets_what_was_removed(
    tab: BrowserTab, authenticator: VirtualAuthenticator, rules: Auth
) -> None:
    """Whether its owner has removed it here, or it is unknown when it is next shown."""
    assert await does(tab, "registerPasskey()") == "FactorAdded"
    factor = await tab.page.evaluate(
        "auth.request('{ factors { id } }').then(({ factors: [{ id }] }) => id)"
    )
    assert await does(tab, f"removeFactor('{factor}')") == "FactorRemoved"
    assert (await passkeys(rules), await authenticator.credentials()) == (0, [])

    assert await does(tab, "registerPasskey()") == "FactorAdded"
    with rules.database.use():
        await Passkey.all().delete()
    await logged_out(tab)
    assert await does(tab, "loginWithPasskey()") == "PasskeyUnknown"
    assert await authenticator.credentials() == []


async def test_a_request_is_sent_once_more_behind_a_further_proof(
    tab: BrowserTab, authenticator: VirtualAuthenticator, rules: Auth
) -> None:
    """The page is told what is wanted; the session goes on, and what was asked is done once."""
    assert await does(tab, "registerPasskey()") == "FactorAdded"
    await age_login(rules, tab)
    sent = tab.requests_of("regenerateRecoveryCodes")
    refused = f"{CODES}.then(() => 'done', ({{ code, stepUp }}) => [code, stepUp])"
    wanted = {"acrValues": ["aal2"], "maxAge": 300}
    assert await tab.page.evaluate(refused) == ["UNAUTHENTICATED", wanted]
    assert len(sent) == 1

    await tab.page.evaluate("prove = () => auth.passkeyProof(); undefined")
    done = await tab.page.evaluate(CODES)
    assert len(done["regenerateRecoveryCodes"]["codes"]) == 10
    assert len(sent) == 3
    assert await tab.page.evaluate("wanted") == [wanted, wanted]
    with rules.database.use():
        assert await RefreshToken.all().count() == 1


async def test_a_request_is_not_sent_a_third_time(
    tab: BrowserTab, authenticator: VirtualAuthenticator, rules: Auth
) -> None:
    """A proof that is good and not enough is asked for once; the page is told what is wanted."""
    assert await does(tab, "registerPasskey()") == "FactorAdded"
    with rules.database.use():
        await RefreshToken.all().update(proofs=None)  # as in a login of before
    await age_login(rules, tab)
    await tab.page.evaluate(f"prove = async () => ({{ password: '{PASSWORD}' }}); undefined")
    sent = tab.requests_of("regenerateRecoveryCodes")
    refused = f"{CODES}.then(() => 'done', ({{ code, stepUp }}) => [code, stepUp])"
    wanted = {"acrValues": ["aal2"], "maxAge": 300}
    assert await tab.page.evaluate(refused) == ["UNAUTHENTICATED", wanted]
    assert (len(sent), await tab.page.evaluate("wanted")) == (2, [wanted])


async def test_a_mutation_of_which_a_part_was_done_is_not_sent_again(
    tab: BrowserTab, authenticator: VirtualAuthenticator, rules: Auth
) -> None:
    """Nobody is asked for a proof either: it would be for what they did not ask."""
    assert await does(tab, "registerPasskey()") == "FactorAdded"
    await age_login(rules, tab)
    await tab.page.evaluate("prove = () => auth.passkeyProof(); undefined")
    sent = tab.requests_of("regenerateRecoveryCodes")
    both = (
        'mutation { updateProfile(name: "Ada L.") { __typename }'
        " regenerateRecoveryCodes { codes } }"
    )
    refused = f"auth.request('{both}').then(() => 'done', ({{ code }}) => code)"
    assert await tab.page.evaluate(refused) == "UNAUTHENTICATED"
    assert (len(sent), await tab.page.evaluate("wanted")) == (1, [])
    with rules.database.use():
        assert (await User.get()).name == "Ada L."


async def test_pages_at_an_address_lead_to_where_passkeys_are(
    profile: BrowserContext, started: Serve, rules: Auth, axe: str
) -> None:
    """Browsers take none at an IP address, where the README's first command has its pages.

    The service need not be told by which name it is found.
    """
    url = started().url
    page = await profile.new_page()
    await VirtualAuthenticator.beside(page)
    tab = AccountPages(page, url, "en")
    await tab.open("login")
    await expect(tab.form("loginWithPasskey")).to_be_hidden()
    assert await accessibility_violations(tab, axe) == []
    await fits(tab)
    await page.get_by_role("link", name=f"{named(url)}/account/").click()
    tab = AccountPages(page, named(url), "en")
    await expect(tab.form("loginWithPasskey")).to_be_visible()
    await expect(page.get_by_text(tab.texts.page["passkey.elsewhere"])).to_be_hidden()
    await page.get_by_role("link", name=tab.texts.page["to.register"]).click()
    await tab.send("register", {"email": ADA, "password": PASSWORD})
    await tab.is_inside(ADA)
    await tab.send("addPasskey")
    await expect(page.locator("#codes")).to_be_visible()
    assert await passkeys(rules) == 1
    assert tab.complaints == []


async def test_passkeys_are_loaded_when_one_is_used(
    tabs: BrowserTabs, authenticator: VirtualAuthenticator
) -> None:
    """Who logs in with a password downloads nothing of them."""
    tab = await tabs.open()
    await tab.until("loggedIn")
    loaded = "performance.getEntriesByType('resource').filter(({ name }) => /passkeys/.test(name))"
    assert await tab.page.evaluate(loaded) == []
    await VirtualAuthenticator.beside(tab.page)
    assert await does(tab, "registerPasskey()") == "FactorAdded"
    assert len(await tab.page.evaluate(loaded)) == 1

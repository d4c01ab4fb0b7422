"""GraphiQL's form, where a password is not enough."""

from base64 import b64encode
from typing import Any

import pytest
from anyio.to_thread import run_sync
from authenticator import Authenticator
from browser import Browser, data
from codes import code
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from documents import LOGIN
from graphiql_page import GraphiQLPage
from people import PASSWORD
from playwright.async_api import BrowserContext, expect
from processes import OpenBrowser, Serve, Server, rules_on
from virtual_authenticator import VirtualAuthenticator

from authberry import Auth
from authberry.models import RefreshToken, Totp

ADA = "ada@example.com"
CODE = "Code of your app, or a recovery code"
BEGIN_APP = "mutation { beginTotpEnrollment { ticket secret } }"
CONFIRM_APP = """mutation($code: String!, $ticket: String) {
  confirmTotpEnrollment(code: $code, ticket: $ticket) { ... on FactorAdded { recoveryCodes } }
}"""
BEGIN_PASSKEY = "mutation { beginPasskeyRegistration { options } }"
FINISH_PASSKEY = """mutation($credential: JSON!) {
  finishPasskeyRegistration(credential: $credential) { __typename }
}"""


@pytest.fixture
async def server(serve: Serve) -> Server:
    """A server that is called by a name, as passkeys need it, where Ada has an account."""
    server = serve(is_launched=False, webauthn_rp_id="localhost")
    server.configure(webauthn_origins=named(server))
    await run_sync(server.start)
    async with rules_on(server.database_url) as rules:
        await rules.accounts.create(ADA, PASSWORD, "Ada")
    return server


def named(server: Server) -> str:
    """Its address, by the name of this machine."""
    return server.url.replace("127.0.0.1", "localhost")


async def ada_elsewhere(open_browser: OpenBrowser, server: Server) -> tuple[Browser, str]:
    """Another program in which Ada has just logged in, and her access token."""
    program = open_browser(server)
    login = data(await program.ask(LOGIN, email=ADA, password=PASSWORD, transport="BODY"))
    return program, login["accessToken"]


async def browser_sessions(rules: Auth) -> int:
    """How many sessions there are that a cookie holds."""
    with rules.database.use():
        return await RefreshToken.filter(revoked_at=None, transport="COOKIE").count()


async def test_a_code_completes_a_login(
    server: Server, open_browser: OpenBrowser, profile: BrowserContext, rules: Auth
) -> None:
    """Of an app or on paper; what is wrong is said, and nobody is logged in by it."""
    program, token = await ada_elsewhere(open_browser, server)
    begun = data(await program.ask(BEGIN_APP, token=token))
    confirm = {"ticket": begun["ticket"], "code": code(rules, begun["secret"])}
    added = data(await program.ask(CONFIRM_APP, token=token, **confirm))
    with rules.database.use():
        await Totp.all().update(last_step=0)  # as if that had been a while ago

    tab = await GraphiQLPage.open(profile, f"{named(server)}/graphql")
    await tab.log_in(ADA, PASSWORD)
    field = tab.bar.get_by_label(CODE)
    await expect(field).to_be_focused()
    await field.fill("not a code")
    await field.press("Enter")
    await expect(tab.bar.get_by_role("alert")).to_have_text("This proof is not good.")
    assert await browser_sessions(rules) == 0
    await field.fill(code(rules, begun["secret"]))
    await field.press("Enter")
    await tab.shows(ADA)

    await tab.log_out()
    await tab.log_in(ADA, PASSWORD)
    await field.fill(added["recoveryCodes"][3].lower())
    await field.press("Enter")
    await tab.shows(ADA)
    assert tab.complaints == []


async def test_a_passkey_completes_a_login_or_is_all_of_it(
    server: Server, open_browser: OpenBrowser, profile: BrowserContext
) -> None:
    """Whoever begins with a password is asked for it, and who has it need not begin so."""
    program, token = await ada_elsewhere(open_browser, server)
    options = data(await program.ask(BEGIN_PASSKEY, token=token))["options"]
    phone = Authenticator(origin=named(server), rp_id="localhost")
    made = phone.create(options)
    added = data(await program.ask(FINISH_PASSKEY, token=token, credential=made))
    assert added["__typename"] == "FactorAdded"

    tab = await GraphiQLPage.open(profile, f"{named(server)}/graphql")
    await (await VirtualAuthenticator.beside(tab.page)).take(copy_of(phone))
    await tab.log_in(ADA, PASSWORD)
    await expect(tab.bar.get_by_label(CODE)).to_be_visible()
    await tab.bar.get_by_role("button", name="Use a passkey").click()
    await tab.shows(ADA)

    await tab.log_out()
    await tab.bar.get_by_role("button", name="Use a passkey").click()
    await tab.shows(ADA)
    assert tab.complaints == []


def copy_of(authenticator: Authenticator) -> dict[str, Any]:
    """The same credential, as Chromium takes it."""
    key = authenticator.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    return {
        "credentialId": b64encode(authenticator.id).decode(),
        "isResidentCredential": True,
        "rpId": authenticator.rp_id,
        "privateKey": b64encode(key).decode(),
        "userHandle": b64encode(authenticator.user_handle).decode(),
        "signCount": 0,
        "backupEligibility": True,
        "backupState": True,
    }

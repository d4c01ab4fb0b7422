"""Apps that show codes: set up, asked for, used once."""

from browser import Browser, data
from codes import code
from documents import LOGIN
from frozen_clock import FrozenClock
from people import PASSWORD
from rows import everything

from authberry import Auth
from authberry.models import User

ADA = {"email": "ada@example.com", "password": PASSWORD}
BEGIN = "mutation { beginTotpEnrollment { ticket secret uri qrCode expiresAt } }"
CONFIRM = """mutation($code: String!, $ticket: String) {
  confirmTotpEnrollment(code: $code, ticket: $ticket) {
    __typename
    ... on FactorAdded { factor { id kind name } recoveryCodes }
    ... on Error { code message }
  } }"""
LOGIN2 = """mutation($email: String!, $password: String!) {
  login(email: $email, password: $password) {
    __typename
    ... on SecondFactorRequired { ticket expiresAt factors passkeyOptions }
    ... on AuthPayload { accessToken session { acr amr } }
    ... on Error { code message }
  } }"""
COMPLETE = """mutation($proof: Proof, $ticket: String, $trust: Boolean! = false) {
  completeLogin(proof: $proof, ticket: $ticket, trustDevice: $trust) {
    __typename
    ... on AuthPayload { accessToken session { id acr amr } }
    ... on InvalidProof { code message attemptsLeft }
    ... on Error { code message }
  } }"""


async def test_an_app_is_asked_for_at_the_next_login(
    auth: Auth, browser: Browser, ada: User, clock: FrozenClock
) -> None:
    """There is no session and no cookie of one before the code is proved, and each is good once."""
    first = data(await browser.ask(LOGIN, ADA))
    begun = data(await browser.ask(BEGIN, token=first["accessToken"]))
    assert begun["qrCode"].startswith("<svg")
    added = data(
        await browser.ask(
            CONFIRM,
            token=first["accessToken"],
            code=code(auth, begun["secret"]),
            ticket=begun["ticket"],
        )
    )
    assert added["__typename"] == "FactorAdded", added
    assert len(added["recoveryCodes"]) == 10

    rows = await everything(auth)
    asked = data(await browser.ask(LOGIN2, ADA))
    assert asked["__typename"] == "SecondFactorRequired", asked
    assert asked["factors"] == ["TOTP", "RECOVERY_CODE"]
    assert (await everything(auth))["RefreshToken"] == rows["RefreshToken"]

    used = {"totpCode": code(auth, begun["secret"])}
    refused = data(await browser.ask(COMPLETE, proof=used))
    assert refused["__typename"] == "InvalidProof", refused
    clock.tick(30)
    complete = data(await browser.ask(COMPLETE, proof={"totpCode": code(auth, begun["secret"])}))
    assert complete["session"]["acr"] == "aal2", complete
    assert complete["session"]["amr"] == ["pwd", "otp", "mfa"]
    asked = data(await browser.ask(LOGIN2, ADA))
    complete = data(
        await browser.ask(COMPLETE, proof={"recoveryCode": added["recoveryCodes"][3]}, trust=True)
    )
    assert complete["session"]["acr"] == "aal2", complete
    again = data(await browser.ask(LOGIN2, ADA))
    assert again["__typename"] == "AuthPayload", again
    assert again["session"]["acr"] == "aal1", again

"""Passkeys: made, and logged in with."""

from authenticator import Authenticator
from browser import Browser, data
from documents import LOGIN
from people import PASSWORD

from authberry import Auth
from authberry.models import User

ADA = {"email": "ada@example.com", "password": PASSWORD}
BEGIN = "mutation { beginPasskeyRegistration { options expiresAt } }"
FINISH = """mutation($credential: JSON!) { finishPasskeyRegistration(credential: $credential) {
    __typename
    ... on FactorAdded { factor { id kind name ... on Passkey { synced provider } } recoveryCodes }
    ... on Error { code message } } }"""
BEGIN_LOGIN = "mutation { beginPasskeyLogin { options expiresAt } }"
LOG_IN = """mutation($credential: JSON!) { loginWithPasskey(credential: $credential) {
    __typename
    ... on AuthPayload { accessToken user { email } session { acr amr } }
    ... on PasskeyUnknown { rpId credentialId }
    ... on Error { code message } } }"""


async def test_a_passkey_logs_in_alone(auth: Auth, browser: Browser, ada: User) -> None:
    """Nothing is typed, and no second factor is asked for."""
    first = data(await browser.ask(LOGIN, ADA))
    begun = data(await browser.ask(BEGIN, token=first["accessToken"]))
    authenticator = Authenticator()
    added = data(
        await browser.ask(
            FINISH,
            token=first["accessToken"],
            credential=authenticator.create(begun["options"]),
        )
    )
    assert added["__typename"] == "FactorAdded", added
    asked = data(await browser.ask(BEGIN_LOGIN))
    answer = authenticator.get(asked["options"])
    entered = data(await browser.ask(LOG_IN, credential=answer))
    assert entered["session"] == {"acr": "phr", "amr": ["swk", "user", "mfa"]}, entered
    again = data(await browser.ask(LOG_IN, credential=answer))
    assert again["__typename"] == "InvalidToken", again
    unverified = data(await browser.ask(BEGIN_LOGIN))
    authenticator.verifies = False
    refused = data(await browser.ask(LOG_IN, credential=authenticator.get(unverified["options"])))
    assert refused["__typename"] == "InvalidProof", refused

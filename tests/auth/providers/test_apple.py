"""A stand-in in the shape of Apple, as its documents have it."""

import json
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from frozen_clock import FrozenClock
from stand_in_provider import CLIENT_ID, REDIRECT, StandInProvider, by_preset, log_in

from authberry.providers import ExternalAccount
from authberry.signing import Proof
from authberry.tokens.jose import Key, read_unverified


def pem(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> str:
    """A key as Apple gives it: PKCS 8, in a .p8 file."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


APPLE_KEY = ec.generate_private_key(ec.SECP256R1())
APPLE = {"team_id": "TEAM123456", "key_id": "KEY1234567", "private_key": pem(APPLE_KEY)}


class Apple(StandInProvider):
    """Checks the client's secret as Apple does, before it answers as it does."""

    secrets: list[str]

    async def _answer(self, writer: Any) -> None:
        if self.paths()[-1] == "/token":
            self.secrets = [*getattr(self, "secrets", []), self.form()["client_secret"]]
        await super()._answer(writer)

    def _is_theirs(self, asked: Any) -> bool:
        form = self.form()
        secret = form["client_secret"]
        public = Key.from_pem(pem(APPLE_KEY))
        public.verify(secret)
        header, claims = read_unverified(secret)
        now = int(self.clock.now().timestamp())
        assert header == {"alg": "ES256", "kid": "KEY1234567", "typ": "JWT"}
        assert claims == {
            "iss": "TEAM123456",
            "iat": now,
            "exp": now + 300,
            "aud": self.issuer,
            "sub": CLIENT_ID,
        }
        return form["client_id"] == CLIENT_ID and form["redirect_uri"] == asked["redirect_uri"]


@pytest.fixture
async def apple(clock: FrozenClock) -> AsyncIterator[Apple]:
    """One that listens; its metadata offers the client's secret in the form alone."""
    server = Apple(clock)
    await server.start()
    server.metadata = {
        "token_endpoint_auth_methods_supported": ["client_secret_post"],
        "authorization_response_iss_parameter_supported": None,
    }
    server.claims = {"name": None, "email": "x1y2@privaterelay.appleid.com"}
    yield server
    await server.stop()


async def test_apple_is_told_who_we_are_by_a_signature(apple: Apple, clock: FrozenClock) -> None:
    """The secret is a JWT of five minutes, made anew each time."""
    providers = by_preset("apple", apple, clock, trust_email=True, **APPLE)
    user = {"name": {"firstName": "Ada", "lastName": "Lovelace"}, "email": "eve@example.com"}
    found = await log_in(providers, apple, "apple", iss=None, user=json.dumps(user))
    assert found == ExternalAccount(
        provider="apple",
        issuer=apple.issuer,
        subject="person-1",
        email="x1y2@privaterelay.appleid.com",
        email_verified=True,
        name="Ada Lovelace",
        proof=Proof(("fed",)),
    )
    clock.tick(60)
    apple.claims["name"] = "Ada"  # signed: what a browser brings is nothing beside it
    found = await log_in(providers, apple, "apple", iss=None, user=json.dumps(user))
    assert found.name == "Ada"
    assert len(set(apple.secrets)) == 2
    await providers.close()


async def test_apple_answers_with_a_form(apple: Apple, clock: FrozenClock) -> None:
    """Which its page posts, so that our callback has to take it, without a Lax cookie."""
    providers = by_preset("apple", apple, clock, **APPLE)
    asked = parse_qs(urlsplit((await providers.begin("apple", REDIRECT)).url).query)
    assert asked["response_mode"] == ["form_post"]
    assert asked["scope"] == ["openid email name"]
    assert providers.find("apple").needs_cross_site_post
    await providers.close()


@pytest.mark.parametrize(("said", "verified"), [(True, True), ("true", True), ("false", False)])
async def test_apple_may_say_true_as_a_text(
    apple: Apple, clock: FrozenClock, said: object, *, verified: bool
) -> None:
    """As its documentation has it, and as nobody else may."""
    apple.claims["email_verified"] = said
    providers = by_preset("apple", apple, clock, trust_email=True, **APPLE)
    assert (await log_in(providers, apple, "apple", iss=None)).email_verified is verified
    await providers.close()


@pytest.mark.parametrize(
    "user", ["", "{", "[]", "7", '{"name": 7}', '{"name": {"firstName": 7}}', "[" * 5000, "\ud800"]
)
async def test_a_name_that_a_browser_brings_is_no_more_than_a_name(
    apple: Apple, clock: FrozenClock, user: str
) -> None:
    """What is none is left out, and keeps nobody out."""
    providers = by_preset("apple", apple, clock, **APPLE)
    found = await log_in(providers, apple, "apple", iss=None, user=user)
    assert (found.subject, found.name) == ("person-1", None)
    await providers.close()

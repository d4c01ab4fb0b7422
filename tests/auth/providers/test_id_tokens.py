"""ID tokens that are not what they should be: each has its own reason, and all have one face."""

import base64
import json
from typing import Any

import pytest
from frozen_clock import NOON, FrozenClock
from issuer import encoded
from refused_logins import refused
from stand_in_provider import CLIENT_ID, StandInProvider, log_in, signed

from authberry.providers import Providers
from authberry.tokens.jose import Key

NOW = int(NOON.timestamp())
OTHER = "somebody-else"

LIES: list[tuple[dict[str, Any], str]] = [
    ({"iss": "https://evil.example"}, "is of another issuer"),
    ({"iss": None}, "is of another issuer"),
    ({"aud": OTHER}, "is for another audience"),
    ({"aud": [CLIENT_ID, OTHER], "azp": CLIENT_ID}, "is for another audience"),
    ({"aud": [OTHER], "azp": CLIENT_ID}, "is for another audience"),
    ({"aud": []}, "is for another audience"),
    ({"aud": None}, "is for another audience"),
    ({"aud": {CLIENT_ID: True}}, "is for another audience"),
    ({"aud": [CLIENT_ID, CLIENT_ID]}, "is for several, and does not say who asked for it"),
    ({"azp": OTHER}, "was asked for by another party"),
    ({"azp": [CLIENT_ID]}, "was asked for by another party"),
    ({"nonce": "another"}, "has another nonce"),
    ({"nonce": None}, "has another nonce"),
    ({"nonce": ["another"]}, "has another nonce"),
    ({"nonce": "é\ud800"}, "has another nonce"),
    ({"exp": NOW - 31}, "has expired"),
    ({"exp": None}, "does not say when it begins or ends"),
    ({"exp": "4102444800"}, "does not say when it begins or ends"),
    ({"exp": True}, "does not say when it begins or ends"),
    ({"exp": float("inf")}, "does not say when it begins or ends"),
    ({"iat": None}, "does not say when it begins or ends"),
    ({"iat": NOW + 32}, "is of a time to come"),
    ({"nbf": NOW + 32}, "is of a time to come"),
]


@pytest.mark.parametrize(("claims", "reason"), LIES)
async def test_a_claim_that_is_wrong_is_refused(
    providers: Providers, server: StandInProvider, claims: dict[str, Any], reason: str
) -> None:
    """Everything else about the token is right, its signature too."""
    server.claims = claims
    assert await refused(log_in(providers, server)) == (f"the ID token {reason}", "provider")


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": [CLIENT_ID]},
        {"aud": [CLIENT_ID, CLIENT_ID], "azp": CLIENT_ID},
        {"exp": NOW - 29},
        {"iat": NOW + 29, "nbf": NOW + 29},
        {"iat": NOW + 0.5, "exp": NOW + 60.5},
    ],
)
async def test_what_the_specification_allows_is_taken(
    providers: Providers, server: StandInProvider, claims: dict[str, Any]
) -> None:
    """A list of one audience, and clocks that differ by half a minute."""
    server.claims = claims
    assert (await log_in(providers, server)).subject == "person-1"


@pytest.mark.parametrize("subject", [None, "", 7, "a b", "é", "x" * 256, ["person-1"]])
async def test_a_token_of_nobody_is_refused(
    providers: Providers, server: StandInProvider, subject: object
) -> None:
    """A subject is a text of 255 characters of ASCII at most."""
    server.claims = {"sub": subject}
    reason = "the provider does not say whose account it is"
    assert await refused(log_in(providers, server)) == (reason, "provider")


ALGORITHM = "the ID token is signed by an algorithm that is not the provider's, or not at all"
KIND = "the ID token is of another kind"
NO_KEY = "the ID token names no key of the provider"


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        ({"alg": "none"}, ALGORITHM),
        ({"alg": "None"}, ALGORITHM),
        ({"alg": None}, ALGORITHM),
        ({"alg": ["ES256"]}, ALGORITHM),
        ({"alg": "HS256"}, ALGORITHM),
        ({"alg": "EdDSA"}, ALGORITHM),  # one of ours, and none of the provider's
        ({"alg": "RS256"}, "the ID token is signed by an algorithm that is not the key's"),
        ({"typ": "at+jwt"}, KIND),
        ({"typ": "logout+jwt"}, KIND),
        ({"typ": 1}, KIND),
        ({"crit": ["exp"]}, KIND),
        ({"kid": None}, NO_KEY),
        ({"kid": "another"}, NO_KEY),
        ({"kid": ["another"]}, NO_KEY),
    ],
)
async def test_a_header_that_is_wrong_is_refused(
    providers: Providers, server: StandInProvider, header: dict[str, Any], reason: str
) -> None:
    """The algorithm is one that the provider has announced and that the key is for."""
    server.header = header
    assert await refused(log_in(providers, server)) == (reason, "provider")


async def test_a_public_key_is_no_shared_secret(
    providers: Providers, server: StandInProvider
) -> None:
    """Whoever knows it, which is everybody, cannot sign with it by HMAC (RFC 8725, 2.1)."""
    public = server.key.public_jwk
    assert public
    secret = base64.urlsafe_b64encode(str(public).encode()).decode().rstrip("=")
    forger = Key.from_jwk({"kty": "oct", "k": secret})
    nonce_of, begun = server.id_token, await providers.begin("acme", "https://here.example/back")
    answer = server.authorize(begun.url)
    header, claims = {"alg": "HS256", "kid": server.key.kid}, _claims(nonce_of(begun.kept.nonce))
    server.tokens = {"id_token": signed(forger, header, claims)}
    finished = providers.finish("acme", "https://here.example/back", begun.kept, answer)
    assert await refused(finished) == (ALGORITHM, "provider")


def _claims(token: str) -> dict[str, Any]:

    segment = token.split(".")[1]
    return dict(json.loads(base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4))))


async def test_a_key_that_is_not_the_providers_is_refused(
    providers: Providers, server: StandInProvider
) -> None:
    """One of another's making, that bears the id of a good one."""
    await log_in(providers, server)
    server.header = {"kid": server.key.kid}
    server.key = Key.generate("ES256")
    reason = "the ID token has a wrong signature"
    assert await refused(log_in(providers, server)) == (reason, "provider")


@pytest.mark.parametrize("name", ["jwk", "jku", "x5u"])
async def test_a_key_is_not_taken_from_where_a_token_says(
    providers: Providers, server: StandInProvider, name: str
) -> None:
    """Nothing is fetched but what the metadata of the issuer names (RFC 8725, 3.10)."""
    server.published = []
    server.header = {
        "kid": server.key.kid,
        name: server.key.public_jwk if name == "jwk" else f"{server.origin}/keys-of-the-token",
    }
    server.published = [Key.generate("ES256")]
    assert await refused(log_in(providers, server)) == (NO_KEY, "provider")
    assert "/keys-of-the-token" not in server.paths()


async def test_a_token_of_another_issuer_causes_no_question(
    providers: Providers, server: StandInProvider
) -> None:
    """It is refused before a key is looked for."""
    server.claims = {"iss": "https://evil.example"}
    await refused(log_in(providers, server))
    assert "/jwks" not in server.paths()


@pytest.mark.parametrize(
    "token",
    ["", "x", "a.b", "a.b.c", "eyJ9.e30.AA", f"{encoded(b'[]')}.{encoded(b'[]')}.AA", 7],
)
async def test_what_is_no_token_is_refused(
    providers: Providers, server: StandInProvider, token: object
) -> None:
    """Whatever stands in its place."""
    server.tokens = {"id_token": token}
    reason, face = await refused(log_in(providers, server))
    assert face == "provider"
    assert reason in {
        "the ID token is malformed",
        "the token endpoint has issued no ID token",
    }


async def test_an_endless_token_is_not_read(providers: Providers, server: StandInProvider) -> None:
    """32 KiB hold every group that somebody is in."""
    server.claims = {"groups": ["g" * 100] * 100}
    assert (await log_in(providers, server)).subject == "person-1"
    server.claims = {"groups": ["g" * 100] * 300}
    reason = "the ID token is malformed"
    assert await refused(log_in(providers, server)) == (reason, "provider")


async def test_keys_that_have_changed_are_fetched_once_in_half_a_minute(
    providers: Providers, server: StandInProvider, clock: FrozenClock
) -> None:
    """A rotation in the middle of a login is followed; strangers cause no flood of questions."""
    await log_in(providers, server)
    server.key = Key.generate("ES256")
    server.published = [server.key]
    assert (await log_in(providers, server)).subject == "person-1"
    assert server.paths().count("/jwks") == 2
    server.key = Key.generate("ES256")
    for _ in range(3):
        assert await refused(log_in(providers, server)) == (NO_KEY, "provider")
    assert server.paths().count("/jwks") == 2
    clock.tick(31)
    assert await refused(log_in(providers, server)) == (NO_KEY, "provider")
    assert server.paths().count("/jwks") == 3


async def test_rsa_is_taken_as_well(providers: Providers, server: StandInProvider) -> None:
    """Which is what most providers sign with."""
    server.key = Key.generate("RS256")
    server.published = [Key.generate("ES256"), server.key]
    assert (await log_in(providers, server)).subject == "person-1"

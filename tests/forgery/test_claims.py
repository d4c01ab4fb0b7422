"""Claims that are missing, of another type, or somebody else's, under a good signature."""

import json
from typing import Any
from uuid import uuid4

import pytest
from apps import person
from browser import Browser, errors
from documents import ME
from forger import Forger
from frozen_clock import NOON
from people import begin
from rows import everything
from starlette.applications import Starlette
from token_verifiers import TokenVerifiers

from authberry import Auth, Issued
from authberry.tokens.jose import Key

EXPIRED, INVALID = "TOKEN_EXPIRED", "TOKEN_INVALID"
ISSUER = "http://127.0.0.1:8000"
NOW = int(NOON.timestamp())
TIMES = ["iat", "exp", "auth_time"]
WORDS = ["roles", "amr"]
REQUIRED = ["iss", "aud", "sub", "client_id", "jti", "sid", *WORDS, *TIMES]

# As they stand in JSON, since Python could not write all of them.
ODD = [
    *("null", "true", "false", "[]", "{}", '""', '" "', '"x"', "[null]", "[[]]", '{"x": 1}'),
    *("NaN", "Infinity", "-Infinity", "1e308", "-1e308", "1e309", "1e999", "1E400", "5e-324"),
    *("-1", "-0.0", "0.5", "1.5", str(2**33 + 1), str(2**63), str(-(2**63)), str(10**400)),
    *("9" * 5000, '"\\ud800"', '"\\u0000"'),
]

FINE = {"roles": ["[]"], "amr": ["[]"], "jti": ['" "', '"x"', '"\\ud800"', '"\\u0000"']}
"""No more is asked of these."""


def with_claim(forger: Forger, claim: str, value: str) -> str:
    """The genuine token with a claim that is spelt just so."""
    payload = json.dumps({**forger.payload, claim: "HERE"}).replace('"HERE"', value)
    return forger.signed(forger.header, payload)


@pytest.mark.parametrize("claim", REQUIRED)
async def test_every_claim_is_required_and_has_its_type(
    verifiers: TokenVerifiers, forger: Forger, claim: str
) -> None:
    """Left out, null, of every other type, NaN, and numbers without end."""
    assert await verifiers.refusal(forger.claiming(**{claim: ...})) == INVALID
    for value in ODD:
        expected = None if value in FINE.get(claim, ()) else INVALID
        assert await verifiers.refusal(with_claim(forger, claim, value)) == expected, value


@pytest.mark.parametrize("claim", [*TIMES, "nbf"])
async def test_a_time_is_a_whole_number_of_seconds(
    verifiers: TokenVerifiers, forger: Forger, claim: str
) -> None:
    """The right moment as a fraction, a text or a list is none."""
    moment = NOW + 60 if claim == "exp" else NOW
    for value in (f"{moment}.0", f"{moment}.5", f'"{moment}"', f"[{moment}]", f"{moment}e0"):
        assert await verifiers.refusal(with_claim(forger, claim, value)) == INVALID, value
    for value in ("null", "true", "NaN", "1e308", '"x"', "-1", str(2**63)):
        assert await verifiers.refusal(with_claim(forger, claim, value)) == INVALID, value


async def test_a_time_that_is_over_is_said_to_be(verifiers: TokenVerifiers, forger: Forger) -> None:
    """And nothing else is: whatever is wrong besides makes it no token at all."""
    for exp in (0, 1, NOW - 86_400, NOW - 30):
        assert await verifiers.refusal(forger.claiming(exp=exp)) == EXPIRED
        assert await verifiers.refusal(forger.claiming(exp=exp, iss="x")) == INVALID
        assert await verifiers.refusal(forger.headed(alg="none")) == INVALID
    for future in ({"iat": NOW + 31}, {"nbf": NOW + 31}, {"iat": NOW + 31, "exp": NOW - 30}):
        assert await verifiers.refusal(forger.claiming(**future)) == INVALID, future


async def test_a_claim_with_another_value_is_refused(
    verifiers: TokenVerifiers, forger: Forger
) -> None:
    """Issuer and audience are compared whole; ids have one spelling."""
    refused: list[tuple[str, Any]] = [
        *(("iss", ISSUER + more) for more in ("/", ".evil.example", "@evil.example", "#", " ")),
        *(("iss", other) for other in (ISSUER[:-1], ISSUER.upper(), "https" + ISSUER[4:])),
        *(("iss", other) for other in ([ISSUER], {ISSUER: 1}, "*", "http://localhost:8000")),
        *(("aud", ISSUER + more) for more in ("/", ".evil.example", " ")),
        *(("aud", other) for other in (ISSUER[:-1], ["https://other.example"], {ISSUER: ISSUER})),
        *(("aud", other) for other in ([[ISSUER]], [{"x": ISSUER}], "*", ["*"])),
        *(("client_id", other) for other in ("another", "Authberry", ["authberry"])),
        *(("sub", other) for other in ("0", 12, "\ud800", str(uuid4()).upper(), uuid4().hex)),
        *(("sub", other) for other in ("{" + str(uuid4()) + "}", f"urn:uuid:{uuid4()}")),
        *(("sid", other) for other in (uuid4().hex, "' OR 1=1", "*", [forger.payload["sid"]])),
        *(("roles", other) for other in ("admin", [1], {"admin": 1}, [["admin"]], [None])),
        *(("amr", other) for other in ("pwd", [1], {"pwd": 1})),
    ]
    for claim, value in refused:
        assert await verifiers.refusal(forger.claiming(**{claim: value})) == INVALID, (claim, value)


async def test_an_audience_may_be_one_of_several(verifiers: TokenVerifiers, forger: Forger) -> None:
    """RFC 7519 allows a list."""
    assert await verifiers.refusal(forger.claiming(aud=["https://other.example", ISSUER])) is None


async def test_a_payload_of_another_token_is_not_under_this_signature(
    verifiers: TokenVerifiers, forger: Forger
) -> None:
    """More roles, more time, somebody else: what was changed is not what was signed."""
    signature = forger.genuine.rpartition(".")[2]
    changes: list[dict[str, Any]] = [
        {"roles": ["admin", "root"]},
        {"exp": NOW + 86_400},
        {"sub": str(uuid4())},
        {"sid": str(uuid4())},
        {"iat": NOW - 1},
    ]
    for change in changes:
        text = forger.claiming(**change).rpartition(".")[0]
        assert await verifiers.refusal(f"{text}.{signature}") == INVALID, change


@pytest.mark.parametrize("key", ["ES256"], indirect=True)
async def test_a_stolen_key_opens_no_session_that_is_not_there(
    app: Starlette, auth: Auth, forger: Forger, issued: Issued, key: Key
) -> None:
    """Even a token that is good is nobody's, unless its session lives and is that person's."""
    bob = await begin(auth, await person(auth, "bob@example.com"))
    browser, before = Browser(app), await everything(auth)
    invented, other = str(uuid4()), str(bob.user.id)
    for claims in (
        {"sid": invented},
        {"sub": invented},
        {"sub": invented, "sid": invented},
        {"sub": other},
        {"sid": str(bob.session.id)},
        {"sid": str(bob.user.id)},
    ):
        response = await browser.ask(ME, token=forger.claiming(**claims))
        ((_, extensions),) = errors(response)
        assert extensions == {"code": "UNAUTHENTICATED", "reason": "SESSION_REVOKED"}, claims
        assert response.json()["data"] == {"me": None}
    assert await everything(auth) == before

"""The genuine token, spelt in another way: each verifier reads it as strictly as the others."""

import json

import pytest
from forger import Forger, encoded
from token_verifiers import TokenVerifiers

INVALID = "TOKEN_INVALID"
SHAPES = [
    *(
        "{}=",
        "{}==",
        "{}.",
        ".{}",
        "{}.x",
        "x.{}",
        "{}..",
        "'{}'",
        '"{}"',
        "<{}>",
        "{},{}",
        "{}%3D",
    ),
    *("{}.{}", "{} {}", "Bearer {}", "{};", "{}\x85", "{}\x1f", "{}\x00", "{}\xa0", "{}A", "A{}"),
]


async def test_a_token_has_one_spelling(verifiers: TokenVerifiers, forger: Forger) -> None:
    """Whatever stands around it, and whatever else its parts may decode from."""
    token = forger.genuine
    for shape in SHAPES:
        assert await verifiers.refusal(shape.format(token, token)) == INVALID, shape
    header, payload, signature = token.split(".")
    for other in (
        *(f"{header}=.{payload}.{signature}", f"{header}.{payload}=.{signature}"),
        *(f"{header}.{payload}", f"{payload}.{header}.{signature}", f"{header}..{signature}"),
        *(f".{payload}.{signature}", token.swapcase(), token.replace(".", "%2E")),
        *(f"{header}.{payload[:20]} {payload[20:]}.{signature}", encoded(token)),
    ):
        assert await verifiers.refusal(other) == INVALID, other


@pytest.mark.parametrize("what", ["header", "payload"])
async def test_a_member_stands_once(verifiers: TokenVerifiers, forger: Forger, what: str) -> None:
    """The first and the last are read by different libraries; here neither is."""
    members = forger.header if what == "header" else forger.payload
    text = json.dumps(members)
    for name in members:
        again = json.dumps({name: members[name]})
        for twice in (f"{text[:-1]}, {again[1:]}", f"{again[:-1]}, {text[1:]}"):
            parts = (twice, forger.payload) if what == "header" else (forger.header, twice)
            assert await verifiers.refusal(forger.signed(*parts)) == INVALID, name


async def test_other_serialisations_are_none(verifiers: TokenVerifiers, forger: Forger) -> None:
    """Only the compact one is an access token; the JSON of RFC 7515 is not."""
    protected, payload, signature = forger.genuine.split(".")
    flat = {"protected": protected, "payload": payload, "signature": signature}
    general = {"payload": payload, "signatures": [{"protected": protected, "signature": signature}]}
    for members in (flat, general):
        assert await verifiers.refusal(json.dumps(members)) == INVALID
        assert await verifiers.refusal(encoded(members)) == INVALID

"""What a key set may hold beside the keys that are used."""

import asyncio
import json

from frozen_clock import FrozenClock
from issuer import AUDIENCE, ISSUER, Issuer, encoded, refusal
from key_server import (
    KeyServer,
    no_answer,
    response,
)
from waiting import until

from authberry import AccessTokenVerifier
from authberry.errors import UnauthenticatedReason
from authberry.tokens.jose import Key

INVALID = UnauthenticatedReason.TOKEN_INVALID
NEW = Key.generate("ES256")
OTHERS = ("P-384", "enc", "ops", "alg", "oct", "weak", "long", "empty")


async def test_keys_for_something_else_are_left_out(
    verifier: AccessTokenVerifier, key_server: KeyServer, issuer: Issuer, clock: FrozenClock
) -> None:
    """Other types and uses, keys without a name, secrets, and the second of one name."""
    ours = issuer.key.public_jwk or {}
    other = {name: f"{name} key" for name in OTHERS}
    secret, nameless = Key.generate("HS256"), Key.generate("ES256").public_jwk or {}
    published: list[object] = [
        {**ours, "kid": other["P-384"], "crv": "P-384"},
        {**ours, "kid": other["enc"], "use": "enc"},
        {**ours, "kid": other["ops"], "key_ops": ["sign"]},
        {**ours, "kid": other["alg"], "alg": "ES384"},
        {**secret.jwk, "kid": other["oct"]},
        {"kty": "RSA", "kid": other["weak"], "n": "w" * 170, "e": "AQAB"},
        {"kty": "RSA", "kid": other["long"], "n": encoded(b"\xff" * 1025), "e": "AQAB"},
        {"kty": "EC", "crv": "P-256", "kid": other["empty"]},
        {name: value for name, value in nameless.items() if name != "kid"},
        {**ours, "kid": 5},
        {"kty": ["EC"], "kid": "x"},
        None,
        {**ours, "x5c": ["MIIB"], "unknown": {"to": "us"}},
        NEW.public_jwk,
        {**(Key.generate("ES256").public_jwk or {}), "kid": NEW.kid},
    ]
    key_server.answer = response(json.dumps({"keys": published}).encode())
    assert await refusal(verifier, issuer.token()) is None
    assert verifier._remote
    assert set(verifier._remote._keys) == {issuer.key.kid, NEW.kid}
    for kid in other.values():
        assert await refusal(verifier, issuer.token({"kid": kid})) is INVALID, kid
    issuer.key = NEW
    assert await refusal(verifier, issuer.token()) is None
    issuer.key = secret
    assert await refusal(verifier, issuer.token({"kid": other["oct"]})) is INVALID


def test_a_verifier_outlives_an_event_loop(clock: FrozenClock) -> None:
    """It is made once, and test clients bring a loop each: what one left undone, the next does."""
    issuer, server = Issuer(clock), KeyServer()
    verifiers: list[AccessTokenVerifier] = []

    async def first() -> None:
        await server.start()
        server.answer = no_answer
        verifier = AccessTokenVerifier(server.url, issuer=ISSUER, audience=AUDIENCE, clock=clock)
        verifiers.append(await verifier.__aenter__())
        await until(lambda: server.asked == 1)
        await server.stop()

    async def second() -> None:
        await server.start()
        server.publish(issuer.key)
        clock.tick(1)
        assert await refusal(verifiers[0], issuer.token()) is None
        await server.stop()

    asyncio.run(first())
    asyncio.run(second())
    assert server.asked == 2

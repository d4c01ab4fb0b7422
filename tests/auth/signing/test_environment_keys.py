"""Signing keys from the environment."""

import base64
import json
from collections.abc import Iterator
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from jwt.algorithms import RSAAlgorithm
from people import begin
from rows import everything
from statements import Statements
from stored_keys import MakeAuth, is_good, published

from authberry import Auth, Issued, SettingsError
from authberry.tokens.jose import Key, UnusableKey


def jwks(*keys: Key) -> str:
    """A JWK set as the environment holds it."""
    return json.dumps({"keys": [{**key.jwk, "kid": key.kid} for key in keys]})


async def test_keys_of_the_environment_are_used_and_no_others(
    auth: Auth, make_auth: MakeAuth, issued: Issued
) -> None:
    """The first signs, all verify; what the database holds is neither used nor changed."""
    first, second = Key.generate("ES256"), Key.generate("EdDSA")
    before = (await everything(auth))["SigningKey"]
    static = await make_auth(signing_keys=jwks(first, second))
    assert static.signing.keys.signing().kid == first.kid
    assert sorted(published(static)) == sorted([first.kid, second.kid])
    assert not await is_good(static, issued)
    assert (await everything(auth))["SigningKey"] == before

    turned = await make_auth(signing_keys=jwks(second, first))
    token = await begin(static, issued.user)
    assert turned.signing.keys.signing().kid == second.kid
    assert await is_good(turned, token)
    gone = await make_auth(signing_keys=jwks(second))
    assert not await is_good(gone, token)


async def test_keys_of_the_environment_cannot_be_rotated_here(make_auth: MakeAuth) -> None:
    """The refusal says where."""
    auth = await make_auth(signing_keys=jwks(Key.generate("ES256")))
    with pytest.raises(SettingsError, match="AUTHBERRY_SIGNING_KEYS holds the keys"):
        await auth.signing.keys.rotate()
    assert await auth.signing.keys.prune() == 0


def small_rsa() -> dict[str, Any]:
    """An RSA key that can be factored."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=1024)  # noqa: S505 - the point
    return RSAAlgorithm.to_jwk(key, as_dict=True)


def without(key: Key, *members: str) -> dict[str, str]:
    """A JWK that lacks something."""
    return {name: value for name, value in key.jwk.items() if name not in members}


P256, ED, SECRET_KEY = Key.generate("ES256"), Key.generate("EdDSA"), Key.generate("HS256")
UNUSABLE = [
    {},
    {"kty": "EC"},
    {"kty": "oct", "k": ""},
    {"kty": "oct", "k": "c2VjcmV0"},
    {"kty": "oct", "k": base64.urlsafe_b64encode(b"x" * 31).decode()},
    {"kty": "oct"},
    {"kty": "none", "k": "x"},
    {**P256.jwk, "crv": "P-384"},
    {**P256.jwk, "crv": "secp256k1"},
    {**P256.jwk, "alg": "HS256"},
    {**P256.jwk, "alg": "none"},
    {**P256.jwk, "use": "enc"},
    {**P256.jwk, "x": ED.jwk["x"]},
    {**P256.jwk, "d": "!"},
    {**ED.jwk, "crv": "X25519"},
    {**SECRET_KEY.jwk, "alg": "RS256"},
    without(P256, "d"),
    without(P256, "x"),
    without(ED, "d"),
    P256.public_jwk,
    small_rsa(),
]


@pytest.mark.parametrize("jwk", UNUSABLE, ids=[str(at) for at in range(len(UNUSABLE))])
def test_a_key_that_is_weak_or_no_private_key_is_refused(jwk: dict[str, Any]) -> None:
    """With what is the matter, and nothing of the key."""
    with pytest.raises(UnusableKey) as refusal:
        Key.from_jwk(jwk)
    for value in jwk.values():
        assert len(str(value)) < 10 or str(value) not in str(refusal.value)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nonsense",
        "[]",
        "{}",
        "null",
        '{"keys": []}',
        '{"keys": {}}',
        '{"keys": [5]}',
        '{"keys": ["x"]}',
        '{"keys": [{"kty": "oct", "k": "c2VjcmV0LXZhbHVl"}]}',
        "-----BEGIN PRIVATE KEY-----\nc2VjcmV0LXZhbHVl\n-----END PRIVATE KEY-----",
        jwks(P256, P256),
    ],
    ids=range(12),
)
async def test_a_key_set_that_cannot_be_used_stops_the_start(
    make_auth: MakeAuth, text: str
) -> None:
    """In one line that names the setting and holds nothing of its value."""
    with pytest.raises(SettingsError) as refusal:
        await make_auth(signing_keys=text)
    message = str(refusal.value)
    assert message.startswith("AUTHBERRY_SIGNING_KEYS: ")
    assert "\n" not in message
    assert "c2VjcmV0" not in message
    assert P256.jwk["d"] not in message


def texts_of_keys() -> Iterator[bytes]:
    """Keys of other kinds, in every form that somebody might configure for a secret."""
    for key in (P256, ED):
        private, public = key._material, key._material.public_key()
        for encoding in (Encoding.PEM, Encoding.DER):
            yield public.public_bytes(encoding, PublicFormat.SubjectPublicKeyInfo)
            yield private.private_bytes(encoding, PrivateFormat.PKCS8, NoEncryption())
        yield public.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)
        yield json.dumps(key.public_jwk).encode()
        yield json.dumps(key.public_jwk, separators=(",", ":")).encode()
    rsa_key = rsa.generate_private_key(65537, 2048)
    yield rsa_key.public_key().public_bytes(Encoding.DER, PublicFormat.PKCS1)
    yield rsa_key.private_bytes(Encoding.DER, PrivateFormat.TraditionalOpenSSL, NoEncryption())


def test_a_shared_secret_is_no_other_key_and_no_pattern() -> None:
    """Half of such a key is published; whoever knows that half could sign."""
    for secret in (*texts_of_keys(), bytes(32), b"a" * 64, b"abcd" * 16):
        encoded = base64.urlsafe_b64encode(secret).rstrip(b"=").decode()
        with pytest.raises(UnusableKey) as refusal:
            Key.from_jwk({"kty": "oct", "k": encoded})
        assert str(refusal.value) in {"is the text of another key", "repeats itself"}
    for _ in range(1000):
        Key.generate("HS256")  # is never taken for one


def test_a_key_id_is_its_thumbprint() -> None:
    """RFC 7638, appendix A.1 of RFC 8037: the example's value."""
    example = Key.from_jwk(
        {
            "kty": "OKP",
            "crv": "Ed25519",
            "d": "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",
            "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
        }
    )
    assert example.kid == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"


def test_a_key_does_not_show_its_private_half() -> None:
    """Whoever logs one by mistake logs its id."""
    for key in (P256, ED, SECRET_KEY):
        assert key.jwk.get("d", key.jwk.get("k", "")) not in repr(key)
        assert key.kid in repr(key)


async def test_a_database_error_is_not_a_missing_key(auth: Auth, statements: Statements) -> None:
    """Rotation by command fails clearly, and half of it does not happen."""
    before = (await everything(auth))["SigningKey"]
    for number in (1, 2):
        assert await statements.break_(number, auth.signing.keys.rotate())
        assert (await everything(auth))["SigningKey"] == before

"""Tokens whose signature is none, or of another kind, or made with what everybody knows."""

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest
from apps import MakeApp, person
from browser import Browser
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from forger import Forger, encoded
from frozen_clock import FrozenClock
from jwt.algorithms import get_default_algorithms
from log_lines import LogLines
from people import begin
from token_verifiers import TokenVerifiers, verifier_of

from authberry import Auth
from authberry.tokens.jose import Key

INVALID = "TOKEN_INVALID"
ISSUER = "http://127.0.0.1:8000"
SHA = {"HS256": hashlib.sha256, "HS384": hashlib.sha384, "HS512": hashlib.sha512}
P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
ED25519_ORDER = 2**252 + 27742317777372353535851937790883648493

NONE = [
    *("".join(letters) for letters in product("nN", "oO", "nN", "eE")),
    *(" none", "none ", "none\0", "n\u043ene", "\uff4eone", "", "null", "alg", "unsigned"),
]


async def test_no_signature_is_no_token(verifiers: TokenVerifiers, forger: Forger) -> None:
    """However `none` is spelled, and whatever stands where the signature was."""
    signature = forger.genuine.rpartition(".")[2]
    for alg in [*NONE, None, ["none"], {"none": 1}, 0, False]:
        text = f"{encoded({**forger.header, 'alg': alg})}.{encoded(forger.payload)}"
        for last in (".", ".AAAA", f".{signature}", ""):
            assert await verifiers.refusal(text + last) == INVALID, (alg, last)


async def test_a_genuine_token_needs_its_signature(
    verifiers: TokenVerifiers, forger: Forger
) -> None:
    """Nothing, a part of it, more of it, zeros of its length: none of them will do."""
    raw = base64.urlsafe_b64decode(forger.genuine.rpartition(".")[2] + "==")
    for text in ("", ".", "A"):
        assert await verifiers.refusal(forger.resigned(text)) == INVALID, text
    for signature in (
        *(raw[:length] for length in (1, 16, len(raw) // 2, len(raw) - 1)),
        *(raw[1:], raw + b"\0", b"\0" + raw, raw + raw, raw[::-1]),
        *(bytes(len(raw)), b"\xff" * len(raw), bytes(32), bytes(64)),
    ):
        assert await verifiers.refusal(forger.resigned(signature)) == INVALID, signature


async def test_no_bit_of_a_signature_can_be_changed(
    verifiers: TokenVerifiers, forger: Forger
) -> None:
    """Every one of the first and last sixteen bytes, and one of every byte between."""
    raw = base64.urlsafe_b64decode(forger.genuine.rpartition(".")[2] + "==")
    ends = {*range(128), *range(len(raw) * 8 - 128, len(raw) * 8)}
    for bit in sorted(ends | set(range(3, len(raw) * 8, 8))):
        changed = bytearray(raw)
        changed[bit // 8] ^= 1 << bit % 8
        assert await verifiers.refusal(forger.resigned(bytes(changed))) == INVALID, bit


# With what everybody knows for a secret


def spellings(key: Key) -> Iterator[bytes]:
    """All that can be made of a public key, or of what is known of a secret one."""
    yield from (b"", b"secret", key.kid.encode(), bytes(32), key.algorithm.encode())
    if key.public_jwk is None:
        # Not the secret but its text, which whoever configures it might take for it.
        yield from (key.jwk["k"].encode(), json.dumps(dict(key.jwk)).encode())
        return
    yield from _jwks(key.public_jwk)
    public = key._material.public_key()
    yield public.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)
    formats = [PublicFormat.SubjectPublicKeyInfo]
    formats += [PublicFormat.PKCS1] if isinstance(public, RSAPublicKey) else []
    for form in formats:
        yield from _lines(public.public_bytes(Encoding.PEM, form))
        der = public.public_bytes(Encoding.DER, form)
        yield from (der, base64.b64encode(der), der.hex().encode())
    if key.algorithm != "RS256":
        x = base64.urlsafe_b64decode(key.jwk["x"] + "=")
        yield from (x, key.jwk["x"].encode())


def _jwks(jwk: dict[str, str]) -> Iterator[bytes]:
    bare = {name: value for name, value in jwk.items() if name not in {"alg", "kid", "use"}}
    for members in (jwk, bare, {"keys": [jwk]}):
        for separators in ((",", ":"), (", ", ": ")):
            for is_sorted in (True, False):
                text = json.dumps(members, separators=separators, sort_keys=is_sorted)
                yield from (text.encode(), text.encode() + b"\n")
    yield json.dumps(jwk, indent=2).encode()


def _lines(pem: bytes) -> Iterator[bytes]:
    """A PEM text as editors, systems and copies leave it."""
    lines = pem.strip().split(b"\n")
    for end in (b"\n", b"\r\n", b"\r", b"", b"\\n"):
        text = end.join(lines)
        yield from (text, text + end, text + end + end, end + text, b" " + text, text + b" ")
    yield b"".join(lines[1:-1])


async def test_what_everybody_knows_is_no_secret(verifiers: TokenVerifiers, forger: Forger) -> None:
    """HMAC with the public key, as PEM, DER or JWK, with any line ends: the key says how it signs.

    Named by its own algorithm, by HMAC's, and by none.
    """
    secrets = set(spellings(forger.key))
    assert len(secrets) > (6 if forger.key.public_jwk is None else 40)
    for alg, digest in SHA.items():
        for named in (alg, forger.key.algorithm, None):
            text = f"{encoded({**forger.header, 'alg': named})}.{encoded(forger.payload)}"
            for secret in secrets:
                tag = hmac.digest(secret, text.encode(), digest)
                assert await verifiers.refusal(f"{text}.{encoded(tag)}") == INVALID, (alg, secret)


# Another algorithm


OTHERS = [
    *("ES256", "ES384", "ES512", "ES256K", "EdDSA", "Ed25519", "Ed448", "RS256", "RS384", "RS512"),
    *(
        "PS256",
        "PS384",
        "PS512",
        "HS256",
        "HS384",
        "HS512",
        "RSA1_5",
        "dir",
        "A256GCM",
        "ML-DSA-44",
    ),
]
ALSO_TAKES = {
    "ES256": [],
    "EdDSA": [],
    "RS256": ["RS384", "RS512", "PS256", "PS384", "PS512"],
    "HS256": ["HS384", "HS512"],
}


async def test_a_key_has_one_algorithm(verifiers: TokenVerifiers, forger: Forger) -> None:
    """Whatever else such a key could sign with, and whatever the header calls it."""
    own = forger.key.algorithm
    for alg in {*OTHERS, own.lower(), own + " ", own[:-1]} - {own}:
        assert await verifiers.refusal(forger.headed(alg=alg)) == INVALID, alg
    for made in ALSO_TAKES[own]:
        for named in (made, own):
            header = {**forger.header, "alg": named}
            assert await verifiers.refusal(forger.signed(header, forger.payload, made)) == INVALID
    header = {name: value for name, value in forger.header.items() if name != "alg"}
    assert await verifiers.refusal(forger.signed(header, forger.payload)) == INVALID


async def test_a_strangers_key_signs_nothing(
    verifiers: TokenVerifiers, forger: Forger, other_key: Key
) -> None:
    """Under our key's name, under its own, and with itself in the header."""
    other = forger.with_key(other_key)
    public = other_key.public_jwk or dict(other_key.jwk)
    certificate = base64.b64encode(b"\x30\x03\x02\x01\x00").decode()
    named: list[dict[str, Any]] = [
        {},
        {"kid": other_key.kid},
        {"jwk": public},
        {"jwk": {**public, "kid": forger.key.kid}},
        {"jwk": dict(other_key.jwk), "kid": other_key.kid},
        {"kid": other_key.kid, "jwk": public, "x5c": [certificate]},
        {"kid": ..., "jwk": public},
    ]
    for members in named:
        assert await verifiers.refusal(other.headed(**members)) == INVALID, members


@pytest.mark.parametrize("alg", ["ES256", "EdDSA", "RS256", "HS256"])
async def test_a_key_of_another_kind_signs_nothing(
    verifiers: TokenVerifiers, forger: Forger, other_key: Key, alg: str
) -> None:
    """A stranger's key of any kind, under our name, as what it is and as what ours is."""
    other = forger.with_key(other_key if alg == other_key.algorithm else Key.generate(alg))
    for named in (alg, forger.key.algorithm):
        assert await verifiers.refusal(other.headed(alg=named)) == INVALID


# Several keys


async def test_no_key_answers_for_another_of_the_same_set(
    make_app: MakeApp, clock: FrozenClock, log: LogLines
) -> None:
    """A server with a key of every kind takes each under its own name and algorithm, and no other.

    As after a change of algorithm: the old keys still verify.
    """
    keys = [Key.generate(algorithm) for algorithm in ("ES256", "ES256", "EdDSA", "RS256", "HS256")]
    jwks = json.dumps({"keys": [{**key.jwk, "kid": key.kid} for key in keys]})
    app = await make_app(signing_keys=jwks)
    auth: Auth = app.state.auth
    issued = await begin(auth, await person(auth, "ada@example.com"))
    log.start()
    verifier = verifier_of(*keys, issuer=ISSUER, clock=clock)
    verifiers = TokenVerifiers(Browser(app), verifier, str(issued.user.id), log)
    forger = Forger(keys[0], issued.access_token.value)
    for signer, named in product(keys, keys):
        for alg in {signer.algorithm, named.algorithm}:
            token = forger.with_key(signer).headed(kid=named.kid, alg=alg)
            expected = None if signer is named else INVALID
            assert await verifiers.refusal(token) == expected, (signer, named, alg)
    verifiers.assert_nothing_was_logged()
    await verifiers.close()


# Signatures at the edge of what is one


@pytest.mark.parametrize("key", ["ES256"], indirect=True)
async def test_the_edges_of_the_curve_are_no_signatures(
    verifiers: TokenVerifiers, forger: Forger
) -> None:
    """The hole that Java had, r and s of nought; and another encoding of a good signature."""
    edges = (0, 1, P256_ORDER - 1, P256_ORDER, P256_ORDER + 1, 2**256 - 1)
    for r, s in product(edges, edges):
        signature = r.to_bytes(32) + s.to_bytes(32)
        assert await verifiers.refusal(forger.resigned(signature)) == INVALID, (r, s)
    raw = base64.urlsafe_b64decode(forger.genuine.rpartition(".")[2] + "==")
    r, s = int.from_bytes(raw[:32]), int.from_bytes(raw[32:])
    assert await verifiers.refusal(forger.resigned(encode_dss_signature(r, s))) == INVALID
    for longer in (33, 48, 66):
        signature = r.to_bytes(longer) + s.to_bytes(longer)
        assert await verifiers.refusal(forger.resigned(signature)) == INVALID


@pytest.mark.parametrize("key", ["EdDSA"], indirect=True)
async def test_a_signature_of_ed25519_has_one_form(
    verifiers: TokenVerifiers, forger: Forger
) -> None:
    """S is less than the order of the group (RFC 8032, section 5.1.7); R is no point of order 8."""
    raw = base64.urlsafe_b64decode(forger.genuine.rpartition(".")[2] + "==")
    s = int.from_bytes(raw[32:], "little")
    for times in range(1, 8):
        twin = (s + times * ED25519_ORDER).to_bytes(32, "little")
        assert await verifiers.refusal(forger.resigned(raw[:32] + twin)) == INVALID, times
    neutral = (1).to_bytes(32, "little")
    for r, scalar in product((bytes(32), neutral, b"\xff" * 32), (bytes(32), neutral)):
        assert await verifiers.refusal(forger.resigned(r + scalar)) == INVALID


@pytest.mark.parametrize("key", ["RS256"], indirect=True)
async def test_a_signature_of_rsa_has_one_form(verifiers: TokenVerifiers, forger: Forger) -> None:
    """As long as the modulus and less than it; 0, 1 and itself once more are no signatures."""
    raw = base64.urlsafe_b64decode(forger.genuine.rpartition(".")[2] + "==")
    modulus = int.from_bytes(base64.urlsafe_b64decode(forger.key.jwk["n"] + "=="))
    value = int.from_bytes(raw)
    for number in (0, 1, modulus - 1, modulus, value + modulus):
        length = max(len(raw), -(-number.bit_length() // 8))
        assert await verifiers.refusal(forger.resigned(number.to_bytes(length))) == INVALID
    text = forger.genuine.rpartition(".")[0]
    pss = get_default_algorithms()["PS256"].sign(text.encode(), forger.key._material)
    assert await verifiers.refusal(forger.resigned(pss)) == INVALID


@pytest.mark.parametrize("key", ["HS256"], indirect=True)
async def test_a_tag_is_whole(verifiers: TokenVerifiers, forger: Forger) -> None:
    """No part of it will do, however short, and it is not looked for in something longer."""
    raw = base64.urlsafe_b64decode(forger.genuine.rpartition(".")[2] + "==")
    for length in range(32):
        assert await verifiers.refusal(forger.resigned(raw[:length])) == INVALID, length
    for longer in (raw + bytes(1), raw + raw, bytes(32) + raw):
        assert await verifiers.refusal(forger.resigned(longer)) == INVALID

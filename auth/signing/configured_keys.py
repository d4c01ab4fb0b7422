"""The keys that an operator configures: a JWK set, or private keys in PEM one after the other."""

import json
import re
import textwrap
from typing import Any

from authberry.settings import PREFIX, SettingsError
from authberry.tokens import Key, UnusableKey

_BEGINNING = re.compile(r"-----BEGIN ([A-Z0-9 ]+)-----")
_BLOCK = re.compile(_BEGINNING.pattern + r"(.*?)-----END \1-----", re.DOTALL)
_PRIVATE = {"PRIVATE KEY", "EC PRIVATE KEY", "RSA PRIVATE KEY"}
_BESIDE = {"EC PARAMETERS"}
"""What openssl writes before a key, which names its curve once more."""
_OTHERS = {
    "PUBLIC KEY": "a public key",
    "RSA PUBLIC KEY": "a public key",
    "CERTIFICATE": "a certificate",
    "ENCRYPTED PRIVATE KEY": "an encrypted key",
    "OPENSSH PRIVATE KEY": "a key in OpenSSH's form",
}
_ENCODED = "LS0tLS1CRUdJTi"  # -----BEGIN, in base64
_REMEDY = (
    "Give a JWK set with private keys, or private keys in PEM; authberry keys generate makes one"
)


def configured_keys(text: str) -> list[Key]:
    """Read the keys of the setting `SIGNING_KEYS`, in their order.

    Raises:
        SettingsError: there are none, or one that cannot sign; it says what was found, and no key.
    """
    try:
        keys = _from_pem(text) if "-----BEGIN" in text else _from_json(text)
    except UnusableKey as error:
        raise _refusal(f"a key {error}") from None
    if not keys or len({key.kid for key in keys}) < len(keys):
        raise _refusal("needs one key or more, each with its own kid")
    return keys


def _from_json(text: str) -> list[Key]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        raise _refusal(f"holds {_kind_of(text)}, not a JWK set") from None
    if not isinstance(value, dict):
        raise _refusal("holds JSON, and not a JWK set")
    if "keys" not in value and "kty" in value:
        raise _refusal('holds a JWK, not a set: {"keys": [...]}')
    jwks = value.get("keys")
    if not isinstance(jwks, list) or not all(isinstance(jwk, dict) for jwk in jwks):
        raise _refusal('holds JSON, and not a JWK set: {"keys": [...]}')
    return [_from_jwk(jwk) for jwk in jwks]


def _from_jwk(jwk: dict[str, Any]) -> Key:
    try:
        return Key.from_jwk(jwk)
    except (ValueError, KeyError, TypeError, AttributeError):
        raise UnusableKey("is malformed") from None


def _from_pem(text: str) -> list[Key]:
    # An environment file keeps no line ends, and some tools write them as two signs.
    text = text.replace("\\r", "").replace("\\n", "\n")
    blocks = _BLOCK.findall(text)
    if len(blocks) < len(_BEGINNING.findall(text)):
        raise _refusal(
            "holds the beginning of a key in PEM without its end. Write its line ends as \\n"
        )
    for label, _ in blocks:
        if label not in _PRIVATE | _BESIDE:
            raise _refusal(
                f"holds {_OTHERS.get(label, 'something else')} in PEM, not a private key"
            )
    return [_from_block(label, body) for label, body in blocks if label in _PRIVATE]


def _from_block(label: str, body: str) -> Key:
    if "ENCRYPTED" in body:
        raise UnusableKey("is encrypted")
    lines = "\n".join(textwrap.wrap("".join(body.split()), 64))
    if not lines.isascii():
        raise UnusableKey("is malformed")
    return Key.from_pem(f"-----BEGIN {label}-----\n{lines}\n-----END {label}-----\n")


def _kind_of(text: str) -> str:
    """What a text is that is neither JSON nor PEM."""
    if not text.strip():
        return "nothing"
    if text.startswith(_ENCODED):
        return "PEM in base64"
    if text.startswith(("/", "./", "../")):
        return f"what looks like a path, which belongs into {PREFIX}SIGNING_KEYS_FILE"
    return "neither JSON nor PEM"


def _refusal(problem: str) -> SettingsError:
    remedy = "" if ". " in problem else f". {_REMEDY}"
    return SettingsError(f"{PREFIX}SIGNING_KEYS: {problem}{remedy}")

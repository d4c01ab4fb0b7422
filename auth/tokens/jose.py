"""Keys and signatures in JSON (RFC 7515, 7517, 7638). The one file that imports PyJWT."""

import base64
import hashlib
import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import jwt
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

TOKEN_MAX_LENGTH = 8192
RSA_BITS = 3072
RSA_MIN_BITS = 2048
RSA_MAX_BITS = 8192
"""A signature takes a millisecond to verify by then, and four times that for twice as many."""
HMAC_BYTES = 32

_ENCODER = json.JSONEncoder(separators=(",", ":"))
_COMPACT = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+", re.ASCII)
# The members that make the thumbprint (RFC 7638, section 3.2), which are also all that is public.
_PUBLIC_MEMBERS = {
    "EC": ("crv", "kty", "x", "y"),
    "OKP": ("crv", "kty", "x"),
    "RSA": ("e", "kty", "n"),
    "oct": (),
}
_SSH = (b"ssh-", b"ecdsa-sha2-", b"sk-ssh-", b"sk-ecdsa-")
# A sequence, its length, then a sequence with an object id in it, or a version, or the modulus:
# every key begins so. Of random secrets one in hundreds of millions does.
_DER = re.compile(
    rb"\x30(?:[\x20-\x7f]|\x81.|\x82..)(?:\x30[\x05-\x1f]\x06|\x02\x01[\x00\x01])"
    rb"|\x30\x82..\x02\x82",
    re.DOTALL,
)
_CURVES = {"EC": "P-256", "OKP": "Ed25519"}
_KINDS = "must be EC P-256, OKP Ed25519, RSA or oct"
_ALGORITHMS = {"EC": "ES256", "OKP": "EdDSA", "RSA": "RS256", "oct": "HS256"}


class InvalidJwt(Exception):
    """Not a JWT, or not one that the key made."""


class UnusableKey(Exception):
    """The JWK cannot sign or verify, or is too weak to."""


@dataclass(frozen=True)
class Key:
    """A JWK that signs or verifies with the one algorithm that its type stands for."""

    jwk: Mapping[str, str] = field(repr=False)
    kid: str

    @classmethod
    def generate(cls, algorithm: str) -> "Key":
        """Make a new key for ES256, EdDSA, RS256 or HS256."""
        match algorithm:
            case "ES256":
                return cls.from_jwk(_private_jwk(ec.generate_private_key(ec.SECP256R1())))
            case "EdDSA":
                return cls.from_jwk(_private_jwk(ed25519.Ed25519PrivateKey.generate()))
            case "RS256":
                private = rsa.generate_private_key(public_exponent=65537, key_size=RSA_BITS)
                return cls.from_jwk(_private_jwk(private))
            case _:
                secret = base64.urlsafe_b64encode(secrets.token_bytes(HMAC_BYTES))
                return cls.from_jwk({"kty": "oct", "k": secret.rstrip(b"=").decode()})

    @classmethod
    def from_pem(cls, pem: str) -> "Key":
        """Take a private key as PKCS 8 (RFC 5958), SEC 1 (RFC 5915) or PKCS 1 (RFC 8017) has it.

        Raises:
            UnusableKey: it is malformed, or encrypted, or of another kind, or too weak.
        """
        try:
            private = load_pem_private_key(pem.encode("ascii"), None)
        except TypeError:
            raise UnusableKey("is encrypted") from None
        except (ValueError, UnsupportedAlgorithm):
            raise UnusableKey("is malformed") from None
        return cls.from_jwk(_private_jwk(private))

    @classmethod
    def from_jwk(cls, jwk: Mapping[str, Any]) -> "Key":
        """Take a private or symmetric JWK; its `kid`, where it has none, is its thumbprint.

        Raises:
            UnusableKey: it has no private half, or is of another kind, or too weak.
        """
        kty = _key_type(jwk)
        members = {str(name): value for name, value in jwk.items() if isinstance(value, str)}
        key = cls(members, members.get("kid") or _thumbprint(members))
        key._refuse_weakness()
        if kty != "oct" and not hasattr(key._material, "sign"):
            raise UnusableKey("has no private half")
        return key

    @classmethod
    def from_public_jwk(cls, jwk: Mapping[str, Any]) -> "Key":
        """Take of a JWK what verifies, so that a private half goes no further than its file.

        Raises:
            UnusableKey: it is for something else, or of another kind, or too weak.
        """
        names = _PUBLIC_MEMBERS[_key_type(jwk)] or ("k", "kty")
        operations = jwk.get("key_ops", ["verify"])
        if not isinstance(operations, list) or "verify" not in operations:
            raise UnusableKey("is not meant to verify")
        wanted = {name: jwk.get(name) for name in (*names, "kid")}
        members = {name: value for name, value in wanted.items() if isinstance(value, str)}
        key = cls(members, members.get("kid") or _thumbprint(members))
        key._refuse_weakness()
        return key

    def _refuse_weakness(self) -> None:
        try:
            material = self._material
        except (jwt.PyJWTError, ValueError, TypeError, KeyError):
            raise UnusableKey("is malformed") from None
        if isinstance(material, bytes):
            _refuse_weak_secret(material)
        if self.jwk["kty"] == "RSA" and material.key_size < RSA_MIN_BITS:
            raise UnusableKey(f"is shorter than {RSA_MIN_BITS} bits")
        if self.jwk["kty"] == "RSA" and material.key_size > RSA_MAX_BITS:
            raise UnusableKey(f"is longer than {RSA_MAX_BITS} bits")

    @property
    def algorithm(self) -> str:
        """The only algorithm this key is used with (RFC 8725, section 3.1)."""
        return _ALGORITHMS[self.jwk["kty"]]

    @property
    def public_jwk(self) -> dict[str, str] | None:
        """What JWKS shows of it; None for a symmetric key, which has no public half."""
        if self.jwk["kty"] == "oct":
            return None
        public = {member: self.jwk[member] for member in _PUBLIC_MEMBERS[self.jwk["kty"]]}
        return {**public, "kid": self.kid, "alg": self.algorithm, "use": "sig"}

    @cached_property
    def _material(self) -> Any:
        return jwt.PyJWK(dict(self.jwk), self.algorithm).key

    @cached_property
    def _signer(self) -> Any:
        """PyJWT's algorithm, without its way of reading tokens, which is laxer and slower."""
        return jwt.get_algorithm_by_name(self.algorithm)

    @cached_property
    def _verifier(self) -> Any:
        material = self._material
        return material.public_key() if hasattr(material, "public_key") else material

    def sign(self, claims: Mapping[str, object], *, typ: str) -> str:
        """Write and sign a compact JWT of the given `typ` (RFC 7515, section 7.1)."""
        header = {"alg": self.algorithm, "kid": self.kid, "typ": typ}
        signed = f"{_write_object(header)}.{_write_object(claims)}"
        return f"{signed}.{_write(self._signer.sign(signed.encode('ascii'), self._material))}"

    def verify(self, token: str) -> None:
        """Check the signature, with this key's algorithm and no other; raises `InvalidJwt`."""
        signed, _, signature = token.rpartition(".")
        try:
            is_ours = self._signer.verify(signed.encode("ascii"), self._verifier, _read(signature))
        except (jwt.PyJWTError, ValueError, TypeError):
            raise InvalidJwt from None
        if not is_ours:
            raise InvalidJwt


def _private_jwk(private: object) -> dict[str, Any]:
    try:
        match private:
            case ec.EllipticCurvePrivateKey():
                return ECAlgorithm.to_jwk(private, as_dict=True)
            case ed25519.Ed25519PrivateKey():
                return OKPAlgorithm.to_jwk(private, as_dict=True)
            case rsa.RSAPrivateKey():
                return RSAAlgorithm.to_jwk(private, as_dict=True)
    except jwt.InvalidKeyError:  # a curve that JWKs have no name for
        pass
    raise UnusableKey(_KINDS)


def _refuse_weak_secret(secret: bytes) -> None:
    """What is short, or repeats itself, or is a key of another kind, half of which is public."""
    if len(secret) < HMAC_BYTES:
        raise UnusableKey(f"is shorter than {HMAC_BYTES} bytes")
    if len(set(secret)) < HMAC_BYTES // 3:
        raise UnusableKey("repeats itself")
    if is_another_key(secret):
        raise UnusableKey("is the text of another key")


def is_another_key(secret: bytes) -> bool:
    """Whether a secret is a key in PEM, DER, OpenSSH's or JWK's form, which others may have."""
    is_text = b"-----BEGIN" in secret or b'"kty"' in secret or secret.startswith(_SSH)
    return is_text or _DER.match(secret) is not None


def read_unverified(
    token: str, *, max_length: int = TOKEN_MAX_LENGTH
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Split a compact JWT into header and claims, strictly, and believe neither.

    PyJWT forgives padding, white space and repeated members; this does not, since two programs that
    read one token differently is how tokens are forged (RFC 8725, section 2.6).

    Raises:
        InvalidJwt: too long, another character, another shape, or not JSON objects.
    """
    if len(token) > max_length or not _COMPACT.fullmatch(token):
        raise InvalidJwt
    header, claims, _ = token.split(".")
    return _read_object(header), _read_object(claims)


def _read_object(segment: str) -> dict[str, Any]:
    try:
        raw = _read(segment)
        value = json.loads(raw.decode("utf-8"), object_pairs_hook=_without_repeats)
    except (ValueError, RecursionError):
        raise InvalidJwt from None
    if not isinstance(value, dict):
        raise InvalidJwt
    return value


def _write_object(value: Mapping[str, object]) -> str:
    return _write(_ENCODER.encode(value).encode("ascii"))


def _write(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


def _read(segment: str) -> bytes:
    """Read base64url; raises ValueError for another spelling of the same bytes."""
    raw = base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4))
    if _write(raw) != segment:
        raise ValueError("has bits to spare")
    return raw


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        raise ValueError("a member stands twice")
    return members


def _key_type(jwk: Mapping[str, Any]) -> str:
    """The type, of a key that is meant for the one algorithm that the type stands for."""
    kty = str(jwk.get("kty"))
    if kty not in _ALGORITHMS or jwk.get("crv") != _CURVES.get(kty):
        raise UnusableKey(_KINDS)
    if jwk.get("alg", _ALGORITHMS[kty]) != _ALGORITHMS[kty] or jwk.get("use", "sig") != "sig":
        raise UnusableKey(f"is not meant for {_ALGORITHMS[kty]} signatures")
    return kty


def _thumbprint(jwk: Mapping[str, str]) -> str:
    names = _PUBLIC_MEMBERS[jwk["kty"]] or ("k", "kty")
    try:
        canonical = json.dumps({name: jwk[name] for name in names}, separators=(",", ":"))
    except KeyError:
        raise UnusableKey("lacks a member") from None
    digest = hashlib.sha256(canonical.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()

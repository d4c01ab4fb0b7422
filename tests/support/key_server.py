"""A server that publishes a key set, or answers as a test chooses."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from scripted_server import (
    Answer,
    ScriptedServer,
    endless_answer,
    no_answer,
    one_byte_at_a_time,
    response,
)

from authberry.tokens.jose import Key

__all__ = [
    "Answer",
    "KeyServer",
    "endless_answer",
    "key_server",
    "key_set",
    "no_answer",
    "one_byte_at_a_time",
    "response",
    "self_signed",
]


class KeyServer(ScriptedServer):
    """Answers any request as it is told to: with keys, when all is well."""

    def __init__(self) -> None:
        """Publish nothing yet."""
        super().__init__(response(b"", status=b"404 Not Found"))

    @property
    def url(self) -> str:
        """Where the keys are."""
        return f"{self.origin}/.well-known/jwks.json"

    @property
    def asked(self) -> int:
        """How often it was asked."""
        return len(self.requests)

    def publish(self, *keys: Key) -> None:
        """Answer with the public halves."""
        self.answer = response(key_set(*keys))


def self_signed() -> bytes:
    """A self-signed certificate for this machine, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "a server")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return certificate.public_bytes(Encoding.PEM) + private


def key_set(*keys: Key) -> bytes:
    """A JWK set as servers publish it."""
    return json.dumps({"keys": [key.public_jwk for key in keys]}).encode()


@pytest.fixture
async def key_server() -> AsyncIterator[KeyServer]:
    """One that listens, and publishes nothing yet."""
    server = KeyServer()
    await server.start()
    yield server
    await server.stop()

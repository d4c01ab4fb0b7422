"""A server that publishes keys: well, badly, or not at all."""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from authberry.jose import Key

Answer = Callable[[asyncio.StreamWriter], Awaitable[None]]


class KeyServer:
    """Answers any request on a port of the loopback interface as it is told to."""

    def __init__(self) -> None:
        """Publish nothing yet."""
        self.asked = 0
        self.requests: list[bytes] = []
        self.answer: Answer = response(b"", status=b"404 Not Found")
        self.port = 0
        self._scheme = "http"
        self._server: asyncio.Server | None = None
        self._serving: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        """Where the keys are."""
        return f"{self._scheme}://127.0.0.1:{self.port}/.well-known/jwks.json"

    def publish(self, *keys: Key) -> None:
        """Answer with the public halves."""
        self.answer = response(key_set(*keys))

    async def start(self, certificate: Path | None = None) -> None:
        """Listen, on the port it had before; over TLS with a certificate and its key."""
        tls = None
        if certificate:
            self._scheme = "https"
            tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            tls.load_cert_chain(certificate)
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port, ssl=tls)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Refuse connections, and break off those there are."""
        assert self._server
        self._server.close()
        await asyncio.sleep(0)  # whoever has just connected is served, so that they are cut off too
        for task in self._serving:
            task.cancel()
        await asyncio.gather(*self._serving, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self._serving.add(task)
        task.add_done_callback(self._serving.discard)
        with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            self.requests.append(await reader.readuntil(b"\r\n\r\n"))
            self.asked += 1
            await self.answer(writer)
            await writer.drain()
        writer.close()
        with suppress(ConnectionError, ssl.SSLError):
            await writer.wait_closed()


def self_signed() -> bytes:
    """A certificate for this machine that only itself vouches for, and its key."""
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


def response(body: bytes, *headers: bytes, status: bytes = b"200 OK") -> Answer:
    """An answer that is sent whole."""
    head = b"\r\n".join([b"HTTP/1.1 " + status, b"Content-Length: %d" % len(body), *headers])

    async def answer(writer: asyncio.StreamWriter) -> None:
        writer.write(head + b"\r\n\r\n" + body)

    return answer


async def never(_writer: asyncio.StreamWriter) -> None:
    """Accept, and never answer."""
    await asyncio.Event().wait()


async def dripping(writer: asyncio.StreamWriter) -> None:
    """A byte now and then, so that no wait for the next one is long."""
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    while True:
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(0.02)


async def endless(writer: asyncio.StreamWriter) -> None:
    """As fast as it can, without an end."""
    writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        writer.write(b"4000\r\n" + b" " * 0x4000 + b"\r\n")
        await writer.drain()


@pytest.fixture
async def key_server() -> AsyncIterator[KeyServer]:
    """One that listens, and publishes nothing yet."""
    server = KeyServer()
    await server.start()
    yield server
    await server.stop()

"""An HTTP server whose answer a test chooses: whole, slow, endless, or none."""

import asyncio
import re
import ssl
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

Answer = Callable[[asyncio.StreamWriter], Awaitable[None]]


class ScriptedServer:
    """Answers any request on a port of the loopback interface with whatever `answer` writes."""

    def __init__(self, answer: Answer) -> None:
        """Answer this, until `answer` is set to another one."""
        self.requests: list[bytes] = []
        self.answer = answer
        self.port = 0
        self._scheme = "http"
        self._server: asyncio.Server | None = None
        self._serving: set[asyncio.Task[None]] = set()

    @property
    def origin(self) -> str:
        """Where it is."""
        return f"{self._scheme}://127.0.0.1:{self.port}"

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
            head = await reader.readuntil(b"\r\n\r\n")
            length = re.search(rb"^content-length: (\d+)", head, re.IGNORECASE | re.MULTILINE)
            body = await reader.readexactly(int(length[1])) if length else b""
            self.requests.append(head + body)
            await self.answer(writer)
            await writer.drain()
        writer.close()
        with suppress(ConnectionError, ssl.SSLError):
            await writer.wait_closed()


def response(body: bytes, *headers: bytes, status: bytes = b"200 OK") -> Answer:
    """An answer that is sent whole."""
    head = b"\r\n".join([b"HTTP/1.1 " + status, b"Content-Length: %d" % len(body), *headers])

    async def answer(writer: asyncio.StreamWriter) -> None:
        writer.write(head + b"\r\n\r\n" + body)

    return answer


async def no_answer(_writer: asyncio.StreamWriter) -> None:
    """Accept, and never answer."""
    await asyncio.Event().wait()


async def one_byte_at_a_time(writer: asyncio.StreamWriter) -> None:
    """Send a byte every 20 ms, so that no single read takes long."""
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    while True:
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(0.02)


async def endless_answer(writer: asyncio.StreamWriter) -> None:
    """Send without an end, as fast as possible."""
    writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        writer.write(b"4000\r\n" + b" " * 0x4000 + b"\r\n")
        await writer.drain()

"""A service that knows which passwords have leaked, and answers by range."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress

import pytest

Answer = Callable[[asyncio.StreamWriter], Awaitable[None]]
PADDING = "0" * 34


def digest(password: str) -> str:
    """As such services write it."""
    return hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest().upper()


class RangeService:
    """Speaks the protocol of Have I Been Pwned, on a port of the loopback interface."""

    def __init__(self) -> None:
        """Know of no leak yet."""
        self.leaked: dict[str, int] = {}
        self.requests: list[str] = []
        self.answer: Answer | None = None
        self.port = 0
        self._server: asyncio.Server | None = None
        self._serving: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        """What to set `AUTHBERRY_BREACHED_PASSWORDS_URL` to."""
        return f"http://127.0.0.1:{self.port}"

    def leak(self, password: str, times: int = 1) -> None:
        """Know that a password has leaked."""
        self.leaked[digest(password)] = times

    async def start(self) -> None:
        """Listen."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Refuse connections, and break off those there are."""
        assert self._server
        self._server.close()
        for task in self._serving:
            task.cancel()
        await asyncio.gather(*self._serving, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self._serving.add(task)
        task.add_done_callback(self._serving.discard)
        with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            self.requests.append(head)
            if self.answer:
                await self.answer(writer)
            else:
                prefix = head.split()[1].rpartition("/")[2]
                is_padded = "add-padding: true" in head.lower()
                writer.write(response(self._range(prefix, is_padded=is_padded)))
            await writer.drain()
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()

    def _range(self, prefix: str, *, is_padded: bool) -> str:
        """Every suffix behind a prefix, with lines that stand for nothing between them."""
        known = {"F" * 35: 3, **{one[5:]: n for one, n in self.leaked.items() if one[:5] == prefix}}
        padding = {f"{PADDING}{number:X}": 0 for number in range(10)} if is_padded else {}
        return "\r\n".join(f"{suffix}:{n}" for suffix, n in sorted({**padding, **known}.items()))


def response(body: str, status: str = "200 OK", *headers: str) -> bytes:
    """An answer as it is sent."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close", *headers]
    return "\r\n".join([*lines, "", body]).encode()


def fixed(body: str, status: str = "200 OK", *headers: str) -> Answer:
    """The same answer to everybody."""

    async def answer(writer: asyncio.StreamWriter) -> None:
        writer.write(response(body, status, *headers))

    return answer


async def slow(_writer: asyncio.StreamWriter) -> None:
    """Accept, and never answer."""
    await asyncio.Event().wait()


async def endless(writer: asyncio.StreamWriter) -> None:
    """As fast as it can, without an end."""
    writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        writer.write(b"4000\r\n" + b"0" * 0x4000 + b"\r\n")
        await writer.drain()


@pytest.fixture
async def range_service() -> AsyncIterator[RangeService]:
    """One that listens."""
    service = RangeService()
    await service.start()
    yield service
    await service.stop()

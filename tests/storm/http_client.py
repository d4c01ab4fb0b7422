"""A small HTTP/1.1 client on persistent connections: it leaves the cores to the servers."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field

TIMEOUT = 30  # seconds; a live server that takes longer has not answered

Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class ConnectionBroken(Exception):
    """No answer: nobody listened, or the connection was cut before the answer was whole."""


@dataclass(frozen=True, slots=True)
class Request:
    """A POST of JSON."""

    body: str
    headers: Mapping[str, str] = field(default_factory=dict)
    path: str = "/graphql"

    def encode(self, port: int) -> bytes:
        """Write it as it goes over the wire."""
        body = self.body.encode()
        headers = {
            "Host": f"127.0.0.1:{port}",
            "Content-Type": "application/json",
            "Content-Length": str(len(body)),
            **self.headers,
        }
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        return f"POST {self.path} HTTP/1.1\r\n{lines}\r\n".encode() + body


@dataclass(frozen=True, slots=True)
class Response:
    """What came back."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def all(self, name: str) -> list[str]:
        """Every value of a header."""
        return [value for key, value in self.headers if key == name]


class ConnectionPool:
    """Persistent connections to one server."""

    def __init__(self, port: int) -> None:
        """Open none yet."""
        self.port = port
        self._idle: list[Connection] = []

    async def post(self, request: Request) -> Response:
        """Ask; raises ConnectionBroken, and TimeoutError where a live server does not answer."""
        try:
            connection = await self._open()
        except OSError as error:
            raise ConnectionBroken from error
        try:
            async with asyncio.timeout(TIMEOUT):
                response = await _exchange(connection, request.encode(self.port))
        except TimeoutError:
            connection[1].transport.abort()
            raise
        except (OSError, EOFError) as error:
            connection[1].transport.abort()
            raise ConnectionBroken from error
        except BaseException:
            connection[1].transport.abort()
            raise
        if response.all("connection") == ["close"]:
            connection[1].close()
        else:
            self._idle.append(connection)
        return response

    def close(self) -> None:
        """Close every idle connection."""
        for _, writer in self._idle:
            with suppress(OSError):
                writer.transport.abort()
        self._idle.clear()

    async def _open(self) -> Connection:
        while self._idle:
            reader, writer = self._idle.pop()
            if not reader.at_eof() and not writer.is_closing():
                return reader, writer
            writer.transport.abort()
        return await asyncio.open_connection("127.0.0.1", self.port)


async def _exchange(connection: Connection, sent: bytes) -> Response:
    reader, writer = connection
    writer.write(sent)
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.rstrip("\r\n").split("\r\n")
    pairs = (line.partition(":") for line in lines)
    headers = tuple((name.lower(), value.strip()) for name, _, value in pairs)
    (length,) = (value for name, value in headers if name == "content-length")
    body = await reader.readexactly(int(length))
    return Response(int(first.split(" ")[1]), headers, body)

"""A persistent HTTP connection with little code around it, for thousands of requests."""

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple, Self

from processes import Server

JSON = "application/json"


class Answer(NamedTuple):
    """The status and the body of an answer."""

    status: int
    text: str


class PersistentConnection:
    """A connection to a server of this machine, for one request after the other."""

    def __init__(self, port: int) -> None:
        """Connect when the block begins."""
        self._port = port

    async def __aenter__(self) -> Self:
        """Connect."""
        await self._connect()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close the connection."""
        self._writer.close()
        await self._writer.wait_closed()

    async def ask(self, document: str, *, token: str = "none", **variables: object) -> str:
        """POST a document; returns the body of the answer."""
        body = json.dumps({"query": document, "variables": variables})
        return (await self.send(body, {"Authorization": f"Bearer {token}"})).text

    async def send(
        self,
        body: bytes | str = b"",
        headers: Mapping[str, str] | None = None,
        *,
        target: str = "POST /graphql",
    ) -> Answer:
        """Send a request; headers are JSON's unless given. Connects anew where that is over."""
        if self._reader.at_eof():
            await self._connect()
        content = body if isinstance(body, bytes) else body.encode("utf-8", "surrogatepass")
        all_headers = {"Host": "localhost", "Content-Type": JSON, **(headers or {})}
        lines = [f"{target} HTTP/1.1", *(f"{name}: {value}" for name, value in all_headers.items())]
        head = "\r\n".join([*lines, f"Content-Length: {len(content)}", "", ""])
        self._writer.write(head.encode("latin-1") + content)
        answered = (await self._reader.readuntil(b"\r\n\r\n")).lower()
        length = int(answered.partition(b"content-length:")[2].partition(b"\r\n")[0])
        text = (await self._reader.readexactly(length)).decode()
        if b"connection: close" in answered:
            self._reader.feed_eof()
        return Answer(int(answered.split()[1]), text)

    async def _connect(self) -> None:
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)


def resident_memory(server: Server) -> int:
    """How many KiB of memory the process of a server has."""
    assert server._process
    lines = Path(f"/proc/{server._process.pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Rss:"))

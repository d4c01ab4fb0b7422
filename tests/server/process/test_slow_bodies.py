"""Bodies that take their time: none of them holds a connection for longer than it may."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest
import uvicorn
from log_lines import LogLines
from starlette.applications import Starlette
from uvicorn.server import ServerState

from authberry.server.http import request_body
from authberry.server.process import protocol
from authberry.server.process.protocol import BoundedProtocol

Wire = tuple[asyncio.StreamReader, asyncio.StreamWriter]
HEAD = (
    b"POST /graphql HTTP/1.1\r\nHost: authberry\r\nContent-Type: application/json\r\n"
    b"Content-Length: 1000\r\n\r\n"
)

HEAD_OF_A_FORM = HEAD.replace(b"application/json", b"text/plain")


@pytest.fixture
async def wire(app: Starlette, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Wire]:
    """Connect to the application, served as `authberry serve` does, but with less patience."""
    monkeypatch.setattr(request_body, "READ_TIMEOUT", 0.3)
    monkeypatch.setattr(protocol, "LINGER_TIMEOUT", 0.5)
    config = uvicorn.Config(app, http=BoundedProtocol, lifespan="off", log_config=None)
    config.load()
    loop = asyncio.get_running_loop()
    state = ServerState()
    server = await loop.create_server(lambda: BoundedProtocol(config, state, {}), "127.0.0.1", 0)
    reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
    yield reader, writer
    writer.close()
    server.close()


async def drip(writer: asyncio.StreamWriter) -> None:
    """Send a byte now and then, as long as somebody listens."""
    with suppress(ConnectionError):
        while True:
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(0.05)


@pytest.mark.parametrize("drips", [False, True], ids=["stalls", "drips"])
@pytest.mark.parametrize(
    ("head", "status"), [(HEAD, b"408"), (HEAD_OF_A_FORM, b"415")], ids=["JSON", "a form"]
)
async def test_a_slow_body_is_refused_in_time_and_its_connection_closed(
    wire: Wire, head: bytes, status: bytes, *, drips: bool
) -> None:
    """A byte a second, or none: there is an answer, and whoever goes on sending is hung up on."""
    reader, writer = wire
    writer.write(head)
    dripping = asyncio.create_task(drip(writer)) if drips else None
    async with asyncio.timeout(10):
        with suppress(ConnectionResetError):
            answer = b"".join([chunk async for chunk in chunks(reader)])
    if dripping:
        await asyncio.wait_for(dripping, 10)
    status_line, _, body = answer.partition(b"\r\n\r\n")
    assert status_line.startswith(b"HTTP/1.1 " + status)
    (error,) = json.loads(body)["errors"]
    assert error["extensions"] == {"code": "BAD_REQUEST"}


async def chunks(reader: asyncio.StreamReader) -> AsyncIterator[bytes]:
    """Read until the other side closes."""
    while chunk := await reader.read(65536):
        yield chunk


async def test_a_body_that_ends_after_its_refusal_does_not_cost_the_connection(wire: Wire) -> None:
    """A client that sent too much reads why, and goes on."""
    reader, writer = wire
    writer.write(HEAD_OF_A_FORM + b" " * 999)
    assert (await reader.readuntil(b"}")).startswith(b"HTTP/1.1 415 ")
    writer.write(b" ")
    await asyncio.sleep(0.7)
    body = b'{"query": "{ __typename }"}'
    writer.write(HEAD.replace(b"1000", b"%d" % len(body)) + body)
    assert b'{"data":{"__typename":"Query"}}' in await reader.readuntil(b"}}")


async def test_whoever_hangs_up_halfway_is_nobody_s_fault(wire: Wire, log: LogLines) -> None:
    """Nothing is logged for it."""
    log.start()
    reader, writer = wire
    writer.write(HEAD + b'{"query":')
    await asyncio.sleep(0.05)
    writer.close()
    await asyncio.sleep(0.1)
    assert await reader.read() == b""
    assert log.text == ""

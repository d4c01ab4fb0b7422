"""Bodies that take their time: none of them holds a connection for longer than it may."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest
from clocks_moved import LoopClock, loop_clock
from log_lines import LogLines
from served_connection import Connection, served_connection
from starlette.applications import Starlette
from uvicorn.server import ServerState

from authberry.server.http.bounds import READ_TIMEOUT
from authberry.server.process.protocol import LINGER_TIMEOUT

__all__ = ["loop_clock"]

HEAD = (
    b"POST /graphql HTTP/1.1\r\nHost: authberry\r\nContent-Type: application/json\r\n"
    b"Content-Length: 1000\r\n\r\n"
)

HEAD_OF_A_FORM = HEAD.replace(b"application/json", b"text/plain")


@pytest.fixture
def state() -> ServerState:
    """What the server knows of its connections."""
    return ServerState()


@pytest.fixture
async def connection(
    app: Starlette, state: ServerState, loop_clock: LoopClock
) -> AsyncIterator[Connection]:
    """Connect to the application, served as `authberry serve` does; no time passes by itself."""
    loop_clock.stop()
    async with served_connection(app, state, {}) as connection:
        yield connection


@pytest.mark.parametrize("drips", [False, True], ids=["stalls", "drips"])
@pytest.mark.parametrize(
    ("head", "status"), [(HEAD, b"408"), (HEAD_OF_A_FORM, b"415")], ids=["JSON", "a form"]
)
async def test_a_slow_body_is_refused_in_time_and_its_connection_closed(
    connection: Connection, loop_clock: LoopClock, head: bytes, status: bytes, *, drips: bool
) -> None:
    """A byte a second, or none: there is an answer, and whoever goes on sending is hung up on."""
    reader, writer = connection
    writer.write(head)
    reading = asyncio.create_task(read_all(reader))
    passed = 0.0
    while not reading.done():
        with suppress(ConnectionError):
            writer.write(b" " if drips else b"")
        await loop_clock.advance(0.1)
        passed += 0.1
        assert passed < READ_TIMEOUT + LINGER_TIMEOUT + 1
    answer = await reading
    status_line, _, body = answer.partition(b"\r\n\r\n")
    assert status_line.startswith(b"HTTP/1.1 " + status)
    (error,) = json.loads(body)["errors"]
    assert error["extensions"] == {"code": "BAD_REQUEST"}


async def read_all(reader: asyncio.StreamReader) -> bytes:
    """Read until the other side closes."""
    answer = b""
    with suppress(ConnectionResetError):
        while chunk := await reader.read(65536):
            answer += chunk
    return answer


async def test_a_body_that_ends_after_its_refusal_does_not_cost_the_connection(
    connection: Connection, loop_clock: LoopClock
) -> None:
    """A client that sent too much reads why, and goes on."""
    reader, writer = connection
    writer.write(HEAD_OF_A_FORM + b" " * 999)
    assert (await reader.readuntil(b"}")).startswith(b"HTTP/1.1 415 ")
    writer.write(b" ")
    await loop_clock.advance(0)
    await loop_clock.advance(LINGER_TIMEOUT + 1)
    body = b'{"query": "{ __typename }"}'
    writer.write(HEAD.replace(b"1000", b"%d" % len(body)) + body)
    assert b'{"data":{"__typename":"Query"}}' in await reader.readuntil(b"}}")


async def test_whoever_hangs_up_halfway_is_nobody_s_fault(
    connection: Connection, state: ServerState, loop_clock: LoopClock, log: LogLines
) -> None:
    """Nothing is logged for it."""
    log.start()
    reader, writer = connection
    writer.write(HEAD + b'{"query":')
    await loop_clock.until(lambda: bool(state.tasks))
    writer.close()
    await loop_clock.until(lambda: not state.connections and not state.tasks)
    assert await reader.read() == b""
    assert log.text == ""

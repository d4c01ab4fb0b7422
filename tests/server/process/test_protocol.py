"""What can happen on a connection before there is a request."""

import asyncio
import json
from collections.abc import AsyncIterator

import pytest
from clocks_moved import LoopClock, loop_clock
from served_connection import Connection, served_connection
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from uvicorn.server import ServerState

from authberry.server.process.protocol import CLOSING, HEAD_TIMEOUT, LAST_REQUEST_TIMEOUT

__all__ = ["loop_clock"]

HEAD = b"POST / HTTP/1.1\r\nHost: authberry\r\n"


async def _echo(request: Request) -> PlainTextResponse:
    return PlainTextResponse(await request.body())


@pytest.fixture
def app_state() -> dict[str, object]:
    """What the server says of itself to its connections."""
    return {}


@pytest.fixture
async def connection(
    app_state: dict[str, object], loop_clock: LoopClock
) -> AsyncIterator[Connection]:
    """Connect to a server that echoes bodies, and knows of it; no time passes by itself."""
    loop_clock.stop()
    app = Starlette(routes=[Route("/", _echo, methods=["POST"])])
    state = ServerState()
    async with served_connection(app, state, app_state) as connection:
        await loop_clock.until(lambda: bool(state.connections))
        yield connection


async def _refusal(reader: asyncio.StreamReader) -> tuple[bytes, str]:
    """Read one answer; return its status line and the code of its one error."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = int(head.partition(b"Content-Length: ")[2].partition(b"\r\n")[0])
    (error,) = json.loads(await reader.readexactly(length))["errors"]
    assert b"\r\nConnection: close\r\n" in head
    return head.split(b"\r\n")[0], error["extensions"]["code"]


async def test_half_a_head_is_refused_in_time(
    connection: Connection, loop_clock: LoopClock
) -> None:
    """Whoever begins a request and stops cannot hold a connection."""
    reader, writer = connection
    writer.write(HEAD)
    await loop_clock.advance(HEAD_TIMEOUT)
    assert await _refusal(reader) == (b"HTTP/1.1 408 Request Timeout", "BAD_REQUEST")


async def test_a_head_that_drips_is_refused_in_time(
    connection: Connection, loop_clock: LoopClock
) -> None:
    """A byte now and then does not buy more time."""
    reader, writer = connection
    answer = asyncio.create_task(_refusal(reader))
    dripped = 0
    for byte in HEAD + b"X: " + b"x" * 100:
        if answer.done():
            break
        writer.write(bytes([byte]))
        await loop_clock.advance(0.2)
        dripped += 1
    assert dripped == HEAD_TIMEOUT / 0.2
    assert await answer == (b"HTTP/1.1 408 Request Timeout", "BAD_REQUEST")


async def test_a_silent_connection_is_closed_in_silence(
    connection: Connection, loop_clock: LoopClock
) -> None:
    """A browser's spare connection ends without an answer to a question nobody asked."""
    reader, _ = connection
    await loop_clock.advance(HEAD_TIMEOUT)
    assert await reader.read() == b""


@pytest.mark.parametrize("headers", [b"X: " + b"x" * 33_000, b"X: x\r\n" * 5_500])
async def test_an_endless_head_is_refused(connection: Connection, headers: bytes) -> None:
    """Neither one long header nor many short ones are kept in memory."""
    reader, writer = connection
    writer.write(HEAD + headers)
    status, code = await _refusal(reader)
    assert (status, code) == (
        b"HTTP/1.1 431 Request Header Fields Too Large",
        "BAD_REQUEST",
    )


async def test_what_is_no_http_is_answered_in_json(connection: Connection) -> None:
    """Both lengths at once, as request smuggling has them, are refused like any bad request."""
    reader, writer = connection
    writer.write(HEAD + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")
    assert await _refusal(reader) == (b"HTTP/1.1 400 Bad Request", "BAD_REQUEST")


async def test_a_large_body_behind_a_small_head_is_no_large_head(
    connection: Connection, loop_clock: LoopClock
) -> None:
    """Only heads are bounded here, also of the second request on a connection."""
    reader, writer = connection
    for _ in range(2):
        writer.write(HEAD + b"Content-Length: 100000\r\n\r\n" + b"x" * 100_000)
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200 OK\r\n")
        assert await reader.readexactly(100_000) == b"x" * 100_000
        await loop_clock.advance(HEAD_TIMEOUT + 1)


async def test_who_is_let_in_while_the_listener_closes_is_answered_once(
    connection: Connection, app_state: dict[str, object]
) -> None:
    """Accepted in the last moment, when all who were there have been told already."""
    app_state[CLOSING] = True
    reader, writer = connection
    writer.write(HEAD + b"Content-Length: 2\r\n\r\nhi")
    answer = await reader.read()
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
    assert b"\r\nconnection: close\r\n" in answer
    assert answer.endswith(b"\r\n\r\nhi")


@pytest.mark.parametrize("app_state", [{CLOSING: True}])
async def test_who_is_let_in_then_and_asks_for_nothing_is_not_waited_for(
    connection: Connection, loop_clock: LoopClock
) -> None:
    """Not for as long as a head may take."""
    reader, _ = connection
    assert LAST_REQUEST_TIMEOUT < HEAD_TIMEOUT / 2
    await loop_clock.advance(LAST_REQUEST_TIMEOUT)
    await loop_clock.until(reader.at_eof)
    assert await reader.read() == b""

"""A signal arrives in the middle of anything."""

import io
import signal
import socket
import sys
from collections.abc import Iterator
from typing import Any

import pytest
import uvicorn
from command_line import quiet_logging
from starlette.types import Receive, Scope, Send

from authberry import Settings
from authberry.models.event_logger import event_logger
from authberry.server.observability import configure_logging
from authberry.server.process import listen
from authberry.server.process.protocol import BoundedProtocol
from authberry.server.process.serving import OnlyServer

__all__ = ["quiet_logging"]

logger = event_logger("authberry.server")


class InterruptedFile(io.RawIOBase):
    """A file in the middle of whose first write a signal arrives."""

    def __init__(self, number: signal.Signals) -> None:
        """Send this signal to the process."""
        self.written = b""
        self._number: signal.Signals | None = number

    def writable(self) -> bool:
        """Say that it can be written to."""
        return True

    def write(self, data: Any, /) -> int:
        """Write, and be interrupted."""
        self.written += bytes(data)
        number, self._number = self._number, None
        if number is not None:
            signal.raise_signal(number)
        return len(bytes(data))


async def answer(_scope: Scope, _receive: Receive, send: Send) -> None:
    """Log that somebody asks, and answer."""
    logger.info("asked")
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body"})


CONFIG = uvicorn.Config(answer, http=BoundedProtocol, lifespan="off", log_config=None)


@pytest.fixture(params=[signal.SIGINT, signal.SIGTERM])
def number(request: pytest.FixtureRequest) -> Iterator[signal.Signals]:
    """A signal that a server handles, and leaves to this process when it has ended."""
    number: signal.Signals = request.param
    before = signal.signal(number, signal.SIG_IGN)
    yield number
    signal.signal(number, before)


@pytest.mark.usefixtures("quiet_logging")
def test_a_signal_that_interrupts_a_line_of_the_log_is_not_lost(
    monkeypatch: pytest.MonkeyPatch, number: signal.Signals
) -> None:
    """Python refuses to write within a write: what the signal says is logged when that is over."""
    file = InterruptedFile(number)
    stream = io.TextIOWrapper(io.BufferedWriter(file), "utf-8", line_buffering=True)
    monkeypatch.setattr(sys, "stderr", stream)
    configure_logging(Settings(), stream)
    listener = listen("127.0.0.1", 0)
    server = OnlyServer(CONFIG, drain=0)
    with socket.create_connection(listener.getsockname()) as client:
        client.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        server.run([listener])
        assert client.recv(65536).startswith(b"HTTP/1.1 204 ")
    asked, stopping = file.written.decode().splitlines()
    assert "asked" in asked
    assert "stopping" in stopping
    assert number.name in stopping

"""A load balancer: one port in front of several."""

import asyncio
import socket
from collections.abc import Callable, Coroutine, Sequence
from itertools import cycle
from threading import Thread


class Balancer:
    """Passes each connection on to the next of several ports, in a thread of its own."""

    def __init__(self, ports: Sequence[int]) -> None:
        """Listen at once; whoever connects while nobody is behind it is hung up on."""
        self._turns = cycle(ports)
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=2048)
        self.port: int = self._listener.getsockname()[1]
        self._sides: set[_Side] = set()
        self._runner = asyncio.Runner()
        self._loop = self._runner.get_loop()
        self._stop = asyncio.Event()
        self._thread = Thread(target=self._runner.run, args=(self._serve(),))
        self._thread.start()

    def close(self) -> None:
        """Hang up on everybody."""
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()
        self._runner.close()

    async def _serve(self) -> None:
        server = await self._loop.create_server(lambda: _Front(self._open), sock=self._listener)
        await self._stop.wait()
        server.close()
        for side in self._sides:
            side.transport.abort()
        await asyncio.sleep(0)

    async def _open(self, front: "_Front") -> None:
        try:
            _, back = await self._loop.create_connection(_Side, "127.0.0.1", next(self._turns))
        except OSError:
            front.transport.abort()
            return
        front.other, back.other = back, front
        self._sides |= {front, back}
        if front.transport.is_closing():  # who did not wait
            back.transport.close()
        front.transport.resume_reading()


class _Side(asyncio.Protocol):
    """One end, which tells the other what it hears."""

    transport: asyncio.Transport
    other: "_Side | None" = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        if self.other:
            self.other.transport.write(data)

    def eof_received(self) -> bool:
        if self.other:
            self.other.transport.write_eof()
        return True

    def connection_lost(self, _error: Exception | None) -> None:
        if self.other:
            self.other.transport.close()


class _Front(_Side):
    """The end at which somebody knocks, and waits for the other one to open."""

    def __init__(self, open_: Callable[["_Front"], Coroutine[None, None, None]]) -> None:
        self._open = open_

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self.transport.pause_reading()
        self._opening = asyncio.create_task(self._open(self))

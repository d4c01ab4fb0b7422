"""A load balancer of TCP connections: one port in front of several."""

import asyncio
import socket
from collections.abc import Callable, Coroutine, Sequence
from itertools import cycle
from threading import Thread


class TcpBalancer:
    """Passes each connection on to the next of several ports, in a thread of its own."""

    def __init__(self, ports: Sequence[int]) -> None:
        """Listen at once; a connection is closed if no server is there."""
        self._turns = cycle(ports)
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=2048)
        self.port: int = self._listener.getsockname()[1]
        self._sides: set[_Connection] = set()
        self._runner = asyncio.Runner()
        self._loop = self._runner.get_loop()
        self._stop = asyncio.Event()
        self._thread = Thread(target=self._runner.run, args=(self._serve(),))
        self._thread.start()

    def close(self) -> None:
        """Close every connection."""
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()
        self._runner.close()

    async def _serve(self) -> None:
        server = await self._loop.create_server(
            lambda: _ClientConnection(self._open), sock=self._listener
        )
        await self._stop.wait()
        server.close()
        for side in self._sides:
            side.transport.abort()
        await asyncio.sleep(0)

    async def _open(self, front: "_ClientConnection") -> None:
        try:
            _, back = await self._loop.create_connection(
                _Connection, "127.0.0.1", next(self._turns)
            )
        except OSError:
            front.transport.abort()
            return
        front.other, back.other = back, front
        self._sides |= {front, back}
        if front.transport.is_closing():  # who did not wait
            back.transport.close()
        front.transport.resume_reading()


class _Connection(asyncio.Protocol):
    """One connection, which passes what it receives on to the other one."""

    transport: asyncio.Transport
    other: "_Connection | None" = None

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


class _ClientConnection(_Connection):
    """The connection of a client, which waits until the one to a server is open."""

    def __init__(self, open_: Callable[["_ClientConnection"], Coroutine[None, None, None]]) -> None:
        self._open = open_

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self.transport.pause_reading()
        self._opening = asyncio.create_task(self._open(self))

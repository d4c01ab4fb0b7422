"""Stopping without failing anybody's request.

Told to stop, a server says first that it is not ready, and goes on serving for as long as the load
balancer before it takes to notice. Then it takes the connections that wait, and lets nobody new in.
Who is connected is answered once more, with `Connection: close`, and a connection on which nothing
is asked is closed.
"""

import signal
import socket
import time
from collections.abc import Iterator
from contextlib import suppress
from types import FrameType

import uvicorn

from authberry.server.http import STOPPING
from authberry.server.process.protocol import CLOSING
from authberry.server.process.uvicorn_internals import UvicornServer

MOST_WAITING = 4096
"""How many connections are taken at the end: all that can wait, and no end of those that come."""


class DrainingServer(UvicornServer):
    """Serves until it is told to stop, and while it drains those who have not noticed yet."""

    def __init__(self, config: uvicorn.Config, drain: float) -> None:
        """Serve.

        Args:
            config: Whose protocol is `BoundedProtocol`.
            drain: Seconds to go on serving, not ready, after SIGTERM.
        """
        super().__init__(config)
        self._drain = drain
        self._is_replaced = False
        self._closes_at: float | None = None

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Be told to stop; by Ctrl-C, whose sender waits for it, at once."""
        super().handle_exit(sig, frame)
        if sig == signal.SIGINT:
            self._closes_at = 0

    def retire(self, _sig: int, _frame: FrameType | None) -> None:
        """Be told that another process has taken over the listener: the service stays ready."""
        self._is_replaced = self.should_exit = True

    async def on_tick(self, counter: int) -> bool:
        """Say whether it is time to close the listener."""
        if not await super().on_tick(counter):
            return False
        if self._closes_at is None:
            self._closes_at = time.monotonic() + (0 if self._is_replaced else self._drain)
        self.set_state(STOPPING, value=not self._is_replaced)
        return time.monotonic() >= self._closes_at

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Let nobody new in, and wait for those who are.

        The kernel completes connections by itself, and resets those that wait when their listener
        closes: they are taken first, in the same step of the event loop.
        """
        self.set_state(CLOSING, value=self._closes_at != 0)
        waiting = [one for listener in sockets or () for one in _waiting_at(listener)]
        self.stop_listening()
        for listener in sockets or ():
            listener.close()
        for connection in waiting:
            with suppress(OSError):  # it is gone already
                await self.serve_connection(connection)
        await super().shutdown(sockets)


def _waiting_at(listener: socket.socket) -> Iterator[socket.socket]:
    """Accept what waits at a listener, as much as can wait there."""
    listener.settimeout(0)
    with suppress(OSError):  # nothing waits any more, or this process has no descriptor left
        for _ in range(MOST_WAITING):
            connection, _address = listener.accept()
            connection.settimeout(0)
            yield connection

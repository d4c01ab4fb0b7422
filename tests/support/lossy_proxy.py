"""A proxy between a browser and a server that can hold answers back, and lose them."""

import asyncio
import socket
from contextlib import suppress
from types import TracebackType
from typing import Self

TIMEOUT = 60  # seconds


class LossyProxy:
    """A TCP proxy that counts refreshes; answers can be held back, or lost."""

    def __init__(self, port: int) -> None:
        """Connect to `port` of this machine, once it is entered."""
        self._to = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.refreshes = 0  # that have reached the server
        self._loses = self._heard = False
        self._gate = asyncio.Event()
        self._gate.set()
        self._lost = asyncio.Event()
        self._writers: set[asyncio.StreamWriter] = set()

    async def __aenter__(self) -> Self:
        """Accept connections."""
        self._server = await asyncio.start_server(self._connect, sock=self._listener)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None = None,
        error: BaseException | None = None,
        traceback: TracebackType | None = None,
    ) -> None:
        """Close every connection."""
        self._server.close()
        self._hang_up()
        await self._server.wait_closed()

    def lose_answers(self) -> None:
        """Lose the answer to the next refresh, and every answer after it."""
        self._loses, self._heard = True, False
        self._lost.clear()

    def hold_answers(self) -> None:
        """Keep the answer to the next refresh, and every answer after it, for later."""
        self._heard = False
        self._gate.clear()

    def release_answers(self) -> None:
        """Send the answers that were held back."""
        self._gate.set()

    def pass_answers(self) -> None:
        """Pass every answer on again."""
        self._loses = False
        self._hang_up()

    async def until_refresh_arrives(self) -> None:
        """Wait until a refresh has reached the server."""
        async with asyncio.timeout(TIMEOUT):
            while not self._heard:  # noqa: ASYNC110 - it is set where bytes pass by
                await asyncio.sleep(0.01)

    async def until_answer_is_lost(self) -> None:
        """Wait until the answer to a refresh has been lost."""
        await asyncio.wait_for(self._lost.wait(), TIMEOUT)

    def _hang_up(self) -> None:
        for writer in self._writers:
            writer.transport.abort()
        self._writers.clear()

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            back, to = await asyncio.open_connection("127.0.0.1", self._to)
        except OSError:
            writer.transport.abort()
            return
        self._writers |= {writer, to}
        ways = self._forward(reader, to), self._back(back, writer)
        # When one side closes, the other one is closed too.
        with suppress(OSError):
            await asyncio.gather(*ways)
        for end in (writer, to):
            end.transport.abort()
            self._writers.discard(end)

    async def _forward(self, reader: asyncio.StreamReader, to: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            refreshes = data.count(b"mutation RefreshToken")
            self.refreshes += refreshes
            self._heard |= refreshes > 0
            to.write(data)
        to.transport.abort()

    async def _back(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            if self._heard:
                await self._gate.wait()
            if self._loses and self._heard:
                self._lost.set()
                writer.transport.abort()
            else:
                writer.write(data)
        writer.transport.abort()

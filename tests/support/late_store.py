"""Valkey behind a line that breaks: it counts what it is asked, and its answers come too late."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest
from database_servers import Valkey

GRANTED = b":1\r\n"


class LateStore:
    """Passes each question on to Valkey, and so many of the attempts it grants back.

    No test waits for a time limit: the next attempt that is granted is counted there and never
    answered, and every connection is cut. To whoever asked, that is what a late answer is.
    """

    def __init__(self, valkey: Valkey) -> None:
        """Stand before `valkey`, and pass on whatever it grants."""
        self.url = ""
        self.answered: int | None = None
        """How many attempts that are granted are answered; all, if None."""
        self._port = valkey.port
        self._granted = 0
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Listen."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.url = f"valkey://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/0"

    async def stop(self) -> None:
        """Hang up on everybody."""
        self._server.close()
        self._cut()
        await asyncio.gather(*self._tasks)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self._tasks.add(task)
        store, asked = await asyncio.open_connection("127.0.0.1", self._port)
        both = {writer, asked}
        self._writers |= both
        with suppress(ConnectionError):
            while question := await reader.read(2**16):
                asked.write(question)
                answer = await store.read(2**16)
                if self._is_lost(question, answer):
                    self._cut()
                    break
                writer.write(answer)
        for one in both:
            one.close()
            with suppress(ConnectionError):
                await one.wait_closed()

    def _is_lost(self, question: bytes, answer: bytes) -> bool:
        self._granted += b"EVALSHA" in question and answer == GRANTED
        return self.answered is not None and self._granted > self.answered

    def _cut(self) -> None:
        for writer in self._writers:
            writer.close()
        self._writers.clear()


@pytest.fixture
async def late_store(valkey: Valkey) -> AsyncIterator[LateStore]:
    """An empty store, whose answers can be made to come too late."""
    store = LateStore(valkey)
    await store.start()
    yield store
    await store.stop()

"""A load balancer of HTTP requests: round robin over the servers that are ready, no retries."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from itertools import cycle
from types import TracebackType
from typing import Self

import httpx
from processes import Server

POLL_INTERVAL = 0.1  # seconds


class HttpBalancer(httpx.AsyncBaseTransport):
    """Passes requests on to those servers that say that they are ready.

    Connections are kept, and a request that fails is not tried again: what fails, fails.
    """

    def __init__(self, servers: Sequence[Server]) -> None:
        """Stand before `servers`."""
        self._ports = [server.port for server in servers]
        self._turns = cycle(self._ports)
        self._ready: set[int] = set()
        self._transport = httpx.AsyncHTTPTransport(limits=httpx.Limits(max_connections=None))

    async def __aenter__(self) -> Self:
        """Watch, and wait until all are ready."""
        self._watching = asyncio.create_task(self._watch())
        await self.until_all_are_ready()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None = None,
        error: BaseException | None = None,
        traceback: TracebackType | None = None,
    ) -> None:
        """Close every connection."""
        self._watching.cancel()
        with suppress(asyncio.CancelledError):
            await self._watching
        await self._transport.aclose()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Pass a request on to the next in turn."""
        assert self._ready, "no server is ready"
        port = next(port for port in self._turns if port in self._ready)
        passed = httpx.Request(
            request.method,
            request.url.copy_with(scheme="http", host="127.0.0.1", port=port),
            headers=request.headers,
            stream=request.stream,
            extensions=request.extensions,
        )
        return await self._transport.handle_async_request(passed)

    async def aclose(self) -> None:
        """Stay open: browsers come and go."""

    async def until_all_are_ready(self) -> None:
        """Wait, as a deployment does before it goes on to the next server."""
        async with asyncio.timeout(60):
            while len(self._ready) < len(self._ports):  # noqa: ASYNC110 - nor has a real one an event
                await asyncio.sleep(POLL_INTERVAL)

    async def _watch(self) -> None:
        async with httpx.AsyncClient(timeout=60) as client:
            while True:
                await asyncio.gather(*(self._look(client, port) for port in self._ports))
                await asyncio.sleep(POLL_INTERVAL)

    async def _look(self, client: httpx.AsyncClient, port: int) -> None:
        try:
            is_ready = (await client.get(f"http://127.0.0.1:{port}/health/ready")).is_success
        except httpx.TransportError:
            is_ready = False
        (self._ready.add if is_ready else self._ready.discard)(port)

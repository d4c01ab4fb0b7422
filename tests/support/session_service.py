"""Two servers on one database, for a test of all that can happen to sessions."""

from contextlib import AsyncExitStack
from dataclasses import dataclass
from itertools import count, cycle
from typing import Any

from browser import Browser
from frozen_clock import FrozenClock

from authberry import Auth, Settings
from authberry.server.app import create_app
from authberry.tokens.refresh_tokens import RefreshTokenCodec

LIMITS = [
    *("login_attempts", "login_attempts_per_account", "login_attempts_per_address"),
    *("login_attempts_in_all", "refresh_attempts", "session_attempts", "change_attempts"),
]


@dataclass
class Server:
    """A process; `stage` is where it has the new secret: nowhere, behind the old one, before it."""

    auth: Auth
    browser: Browser
    stack: AsyncExitStack
    stage: int


class Service:
    """Two servers on one database, which are restarted now and then."""

    def __init__(self, database_url: str, clock: FrozenClock) -> None:
        """Serve nothing yet."""
        self._url = database_url
        self._secrets = (f"secret number {number} of this service" for number in count())
        self._old, self._new = next(self._secrets), next(self._secrets)
        self._turns = cycle([0, 1])
        self.clock = clock
        self.servers: list[Server] = []

    @property
    def codec(self) -> RefreshTokenCodec:
        """Opens whatever any of them seals."""
        return RefreshTokenCodec([self._old, self._new])

    def next(self) -> Server:
        """The server whose turn it is."""
        return self.servers[next(self._turns)]

    async def begin(self) -> None:
        """Have one secret, everywhere: a change that was begun is brought to its end."""
        if self.servers and all(server.stage == 0 for server in self.servers):
            return
        if self.servers:
            for at in (0, 1, 0, 1):
                await self.change_secret(at)
            await self.stop()
            self._old, self._new = self._new, next(self._secrets)
        self.servers = [await self._start(0), await self._start(0)]

    async def change_secret(self, at: int) -> None:
        """Restart a server a step further on, unless another has to go first."""
        server = self.servers[at]
        if server.stage < 2 and server.stage == min(other.stage for other in self.servers):
            await server.stack.aclose()
            self.servers[at] = await self._start(server.stage + 1)

    async def stop(self) -> None:
        """Stop all."""
        for server in self.servers:
            await server.stack.aclose()
        self.servers = []

    async def _start(self, stage: int) -> Server:
        secret = (self._old, f"{self._old},{self._new}", f"{self._new},{self._old}")[stage]
        limits: dict[str, Any] = dict.fromkeys(LIMITS)
        loaded = Settings.load(database_url=self._url, secret=secret, **limits)
        app, stack = create_app(loaded, clock=self.clock), AsyncExitStack()
        await stack.enter_async_context(app.router.lifespan_context(app))
        return Server(app.state.auth, Browser(app), stack, stage)

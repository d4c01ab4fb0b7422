"""`authberry serve` in processes of its own, and clients that connect to it over the network."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

import pytest
from anyio.to_thread import run_sync
from apps import SECRET
from browser import Browser
from database_servers import Postgres, Valkey, stop_with_us
from liveness import is_live
from round_robin import SERVERS
from tcp_balancer import TcpBalancer

from authberry import Auth, Settings
from bench.local_servers import free_port

START_TIMEOUT = 60  # seconds, on a machine that is busy with other tests
RESTART_TIMEOUT = 110  # seconds, for several workers one after the other


class Server:
    """One `authberry serve`, whose log goes to a file that is kept over restarts."""

    def __init__(
        self,
        folder: Path,
        settings: Mapping[str, object],
        *,
        workers: int = 1,
        port: int = 0,
        drain: float = 0,
    ) -> None:
        """Serve with these settings, in `folder`, once it is started."""
        self.database_url = str(settings["database_url"])
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._folder = folder
        self._log = folder / f"server-{self.port}.log"
        self._arguments = [f"--port={self.port}", f"--workers={workers}"]
        if drain:
            self._arguments.append(f"--drain={drain}")
        self.environment: dict[str, str] = {}
        self.configure(**settings)
        self._process: subprocess.Popen[bytes] | None = None
        self._guard: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        """Start."""
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """End."""
        self.close()

    def close(self) -> None:
        """Leave nothing running."""
        if self._process:
            self.stop()

    def configure(self, **settings: object) -> None:
        """Change settings, for when it starts again; None takes one away."""
        for name, value in settings.items():
            if value is None:
                self.environment.pop(f"AUTHBERRY_{name.upper()}", None)
            else:
                self.environment[f"AUTHBERRY_{name.upper()}"] = str(value)

    @property
    def log(self) -> str:
        """All that was logged so far."""
        return self._log.read_text("utf-8")

    def start(self) -> Self:
        """Serve, and return when requests are answered."""
        return self.launch().until_ready()

    def launch(self) -> Self:
        """Begin to start."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - ours
                [sys.executable, "-m", "authberry.server", "serve", *self._arguments],
                cwd=self._folder,
                env={**os.environ, **self.environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        self._guard = stop_with_us(self._process.pid)
        return self

    def until_ready(self) -> Self:
        """Wait until requests are answered."""
        assert self._process
        deadline = time.monotonic() + START_TIMEOUT
        while not is_live(self.port):
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.kill()
                raise RuntimeError(self.log)
            time.sleep(0.05)
        return self

    def children(self) -> set[int]:
        """The worker processes: all that it has started, but the one that shares their memory."""
        assert self._process
        return {
            pid
            for pid in children(self._process.pid)
            if b"resource_tracker" not in Path(f"/proc/{pid}/cmdline").read_bytes()
        }

    async def until_logged(self, text: str, times: int = 1) -> None:
        """Wait until something is in the log."""
        async with asyncio.timeout(RESTART_TIMEOUT):
            while self.log.count(text) < times:  # noqa: ASYNC110 - a file has no event
                await asyncio.sleep(0.1)

    def signal(self, number: signal.Signals) -> None:
        """Send a signal, and do not wait."""
        assert self._process
        self._process.send_signal(number)

    def stop(self) -> int:
        """Ask it to stop; returns the exit code."""
        self.signal(signal.SIGTERM)
        return self.wait()

    def kill(self) -> None:
        """Kill it."""
        self.signal(signal.SIGKILL)
        self.wait()

    def wait(self) -> int:
        """Wait for its end; returns the exit code."""
        assert self._process
        assert self._guard
        try:
            return self._process.wait(START_TIMEOUT)
        finally:
            if self._process.poll() is None:
                self._process.kill()
                self._process.wait()
            self._guard.kill()
            self._guard.communicate()
            self._process = self._guard = None


class RoundRobinServers(Server):
    """Two servers behind one port; connections go to them in round robin."""

    def __init__(
        self,
        folder: Path,
        settings: Mapping[str, object],
        *,
        workers: int = 1,
        drain: float = 0,
    ) -> None:
        """Serve with the same settings; tokens are issued in the name of the common URL."""
        ports = free_port(), free_port()
        self._balancer = TcpBalancer(ports)
        super().__init__(folder, settings, port=self._balancer.port)
        settings = {"public_url": self.url, **settings}
        self._each = [
            Server(folder, settings, workers=workers, port=port, drain=drain) for port in ports
        ]

    def close(self) -> None:
        """Leave nothing running."""
        for server in self._each:
            server.close()
        self._balancer.close()

    @property
    def log(self) -> str:
        """All that each has logged so far."""
        return "".join(server.log for server in self._each)

    def launch(self) -> Self:
        """Begin to start."""
        for server in self._each:
            server.launch()
        return self

    def until_ready(self) -> Self:
        """Wait until each answers."""
        for server in self._each:
            server.until_ready()
        return self

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to each."""
        for server in self._each:
            server.signal(number)

    def wait(self) -> int:
        """Wait for the end of each; returns the worse exit code."""
        return max([server.wait() for server in self._each], key=abs)


def children(pid: int) -> list[int]:
    """The processes that one has started."""
    listed = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return [int(child) for child in listed.split()]


def until_refused(port: int) -> None:
    """Wait until connections are refused."""
    deadline = time.monotonic() + START_TIMEOUT
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except ConnectionRefusedError:
            return
        time.sleep(0.02)
    raise AssertionError("connections are still accepted")


async def rolling_restart(
    servers: Sequence[Server],
    settle: Callable[[], Awaitable[None]] | None = None,
    **settings: object,
) -> None:
    """Restart one after the other, with other settings perhaps.

    Args:
        servers: Which are running.
        settle: Waits, after each, until the load balancer knows that it is back.
        settings: To change.
    """
    for server in servers:
        server.configure(**settings)
        assert await run_sync(server.stop) == 0
        await run_sync(server.start)
        if settle:
            await settle()


Serve = Callable[..., Server]
OpenBrowser = Callable[[Server], Browser]
DEFAULTS = {"secret": SECRET, "log_level": "debug", "log_format": "json"}


@pytest.fixture(scope="session")
def shared_server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """A server on a database of its own, which tests that need nothing special share."""
    folder = tmp_path_factory.mktemp("shared-server")
    url = f"sqlite://{folder}/authberry.db"
    if os.environ.get("TEST_DATABASE") == "postgres":
        postgres: Postgres = request.getfixturevalue("postgres")
        url = postgres.create_database()
    unlimited = dict.fromkeys(
        ("register_attempts", "refresh_attempts", "login_attempts_per_address"), "off"
    )
    settings = {**DEFAULTS, **unlimited, "database_url": url}
    if SERVERS == "1":
        server = Server(folder, settings)
    else:
        valkey: Valkey = request.getfixturevalue("_valkey")
        server = RoundRobinServers(folder, {**settings, "throttle_url": valkey.url})
    with server:
        yield server


@pytest.fixture
def serve(
    database_url: str, throttle_url: str, tmp_path: Path, server_count: int
) -> Iterator[Serve]:
    """Launch servers on the test's database; they are stopped when the test ends."""
    kind = Server if server_count == 1 else RoundRobinServers
    defaults = {**DEFAULTS, "database_url": database_url, "throttle_url": throttle_url}
    with ExitStack() as stack:

        def start(
            *, workers: int = 1, drain: float = 0, is_launched: bool = True, **settings: object
        ) -> Server:
            server = kind(tmp_path, {**defaults, **settings}, workers=workers, drain=drain)
            stack.callback(server.close)
            return server.launch() if is_launched else server

        yield start


@pytest.fixture
async def open_browser() -> AsyncIterator[OpenBrowser]:
    """Open browsers, each with a jar of its own; they are closed when the test ends."""
    async with AsyncExitStack() as stack:

        def open_(server: Server) -> Browser:
            browser = Browser(None, url=server.until_ready().url)
            stack.push_async_callback(browser.close)
            return browser

        yield open_


@asynccontextmanager
async def rules_on(database_url: str, **settings: object) -> AsyncIterator[Auth]:
    """The rules on the database of a server, to look at its rows, and to begin sessions."""
    async with Auth(Settings.load(database_url=database_url, secret=SECRET, **settings)) as auth:
        yield auth


@pytest.fixture
async def rules(database_url: str) -> AsyncIterator[Auth]:
    """The rules on the test's database."""
    async with rules_on(database_url) as auth:
        yield auth

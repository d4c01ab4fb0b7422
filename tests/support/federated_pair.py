"""The pair of `examples/federated_pair` in processes: Authberry, the blog, and a gateway."""

import os
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import httpx
import pytest
from browser import Browser
from database_servers import Postgres, Valkey
from node import NODE, installed
from processes import DEFAULTS, RoundRobinServers, Server
from program import Program
from recording_proxy import RecordingProxy
from round_robin import SERVERS

from authberry.graph.federation import build_subgraph
from bench.local_servers import free_port

EXAMPLE = Path(__file__).parents[2] / "examples/federated_pair"


class Gateway(Program):
    """The gateway before both."""

    def __init__(self, installed: Path, folder: Path) -> None:
        """Stand in an empty folder, with what is installed in another."""
        self.folder = folder
        for source in installed.glob("*.mjs"):
            shutil.copy(source, folder)
        (folder / "node_modules").symlink_to(installed / "node_modules")
        port = free_port()
        super().__init__([NODE, "serve.mjs", str(port)], folder, {}, port)

    def compose(self, authberry: str, posts: str, *urls: str) -> None:
        """Compose the supergraph of two schema definitions; raises ValueError with what is wrong.

        Args:
            authberry: One.
            posts: The other.
            urls: Where each is served.
        """
        (self.folder / "authberry.graphql").write_text(authberry, "utf-8")
        (self.folder / "posts.graphql").write_text(posts, "utf-8")
        composed = subprocess.run(  # noqa: S603 - ours
            [NODE, "compose.mjs", *urls],
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
        )
        if composed.returncode:
            raise ValueError(composed.stderr)

    @property
    def supergraph(self) -> str:
        """What it has composed."""
        return (self.folder / "supergraph.graphql").read_text("utf-8")


@dataclass(frozen=True)
class Pair:
    """Both subgraphs, what the gateway sends to each, and the gateway."""

    authberry: Server
    to_authberry: RecordingProxy
    to_posts: RecordingProxy
    gateway: Gateway

    @property
    def urls(self) -> tuple[str, str]:
        """Where the gateway finds them."""
        return f"{self.to_authberry.url}/graphql", f"{self.to_posts.url}/"

    def forget(self) -> None:
        """Forget what was sent so far."""
        self.to_authberry.forget()
        self.to_posts.forget()


@pytest.fixture(scope="session")
def gateway_folder(request: pytest.FixtureRequest) -> Path:
    """The gateway of the example with what it needs, as locked."""
    return installed(request, EXAMPLE / "gateway", "federated-pair")


@pytest.fixture(scope="session")
def posts_sdl() -> str:
    """The schema definition of the blog."""
    command = [sys.executable, "-c", "import posts; print(posts.schema)"]
    return subprocess.run(  # noqa: S603 - ours
        command, cwd=EXAMPLE, capture_output=True, text=True, check=True
    ).stdout


@pytest.fixture
def gateway(gateway_folder: Path, tmp_path: Path) -> Gateway:
    """A gateway that serves nothing yet."""
    return Gateway(gateway_folder, tmp_path)


@pytest.fixture(scope="session")
def shared_pair(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    gateway_folder: Path,
    posts_sdl: str,
) -> Iterator[Pair]:
    """The pair of the example, on a database of its own."""
    folder = tmp_path_factory.mktemp("pair")
    with (
        _authberry(request, folder) as authberry,
        _blog(authberry.url) as posts,
        RecordingProxy(authberry.url) as to_authberry,
        RecordingProxy(posts.url) as to_posts,
    ):
        gateway = Gateway(gateway_folder, folder)
        pair = Pair(authberry, to_authberry, to_posts, gateway)
        gateway.compose(build_subgraph(introspection=True).sdl, posts_sdl, *pair.urls)
        with gateway:
            yield pair


def _authberry(request: pytest.FixtureRequest, folder: Path) -> Server:
    url = f"sqlite://{folder}/authberry.db"
    if os.environ.get("TEST_DATABASE") == "postgres":
        postgres: Postgres = request.getfixturevalue("postgres")
        url = postgres.create_database()
    settings = {
        **DEFAULTS,
        "database_url": url,
        "federation": True,
        "trusted_proxies": "127.0.0.1",
        "register_attempts": "off",
    }
    if SERVERS == "1":
        server = Server(folder, settings)
        server.configure(public_url=server.url)
        return server
    valkey: Valkey = request.getfixturevalue("_valkey")
    return RoundRobinServers(folder, {**settings, "throttle_url": valkey.url})


def _blog(authberry: str) -> Program:
    """The other subgraph, which takes the tokens of the server at this URL."""
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", "posts:app", f"--port={port}"]
    return Program([*command, "--log-level=warning"], EXAMPLE, {"AUTHBERRY_URL": authberry}, port)


@pytest.fixture
def pair(shared_pair: Pair) -> Pair:
    """The shared pair; requests of earlier tests are forgotten."""
    shared_pair.forget()
    return shared_pair


class OpenBrowser(Protocol):
    """Opens browsers before a gateway, each with a jar of its own."""

    def __call__(self, gateway: Gateway, *, address: str = "127.0.0.2") -> Browser:
        """Open one, at an address; it is closed when the test ends."""


@pytest.fixture
async def open_browser() -> AsyncIterator[OpenBrowser]:
    """Open browsers at other addresses than the gateway has."""
    async with AsyncExitStack() as stack:

        def open_(gateway: Gateway, *, address: str = "127.0.0.2") -> Browser:
            transport = httpx.AsyncHTTPTransport(local_address=address)
            browser = Browser(None, url=gateway.url, transport=transport)
            stack.push_async_callback(browser.close)
            return browser

        yield open_

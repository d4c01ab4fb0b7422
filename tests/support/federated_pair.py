"""The pair of `examples/federated_pair` in processes: Authberry, the blog, and a gateway."""

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

import httpx
from node import NODE
from servers import free_port, stop_with_us

EXAMPLE = Path(__file__).parents[2] / "examples/federated_pair"
START_TIMEOUT = 60  # seconds


class Program:
    """One process that serves HTTP."""

    def __init__(
        self, command: Sequence[str | Path], folder: Path, environment: Mapping[str, str], port: int
    ) -> None:
        """Run a command once the block begins."""
        self.url = f"http://127.0.0.1:{port}"
        self._command, self._folder, self._environment = command, folder, environment

    def __enter__(self) -> Self:
        """Start, and wait until it answers."""
        self._process = subprocess.Popen(  # noqa: S603 - ours
            self._command,
            cwd=self._folder,
            env={**os.environ, **self._environment},
            stdin=subprocess.DEVNULL,
        )
        self._guard = stop_with_us(self._process.pid)
        deadline = time.monotonic() + START_TIMEOUT
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{self._command} does not serve")
            time.sleep(0.05)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """End it."""
        self._guard.kill()
        self._guard.communicate()
        self._process.terminate()
        self._process.wait(START_TIMEOUT)

    def _answers(self) -> bool:
        try:
            httpx.get(self.url, timeout=5)
        except httpx.TransportError:
            return False
        return True


def blog(authberry: str) -> Program:
    """The other subgraph, which takes the tokens of the server at this URL."""
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", "posts:app", f"--port={port}"]
    return Program([*command, "--log-level=warning"], EXAMPLE, {"AUTHBERRY_URL": authberry}, port)


def gateway(folder: Path, *subgraphs: str) -> Program:
    """The gateway before two subgraphs, Authberry first, in a folder with what it needs."""
    compose(folder, *subgraphs)
    port = free_port()
    return Program([NODE, "serve.mjs", str(port)], folder, {}, port)


def compose(folder: Path, *subgraphs: str) -> None:
    """Compose the supergraph; raises ValueError with what is wrong with it."""
    composed = subprocess.run(  # noqa: S603 - ours
        [NODE, "compose.mjs", *subgraphs], cwd=folder, capture_output=True, text=True, check=False
    )
    if composed.returncode:
        raise ValueError(composed.stderr)


class Recorder:
    """Stands before a server, and remembers what it is sent."""

    def __init__(self, target: str) -> None:
        """Hand everything on to the server at this URL."""
        self.headers: list[dict[str, str]] = []
        recorder, host = self, urlsplit(target).netloc

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                recorder.headers.append({name.lower(): value for name, value in self.headers.items()})
                body = self.rfile.read(int(self.headers["content-length"]))
                connection = HTTPConnection(host)
                connection.request("POST", self.path, body, dict(self.headers))
                answer = connection.getresponse()
                content = answer.read()
                connection.close()
                self.send_response_only(answer.status)
                for name, value in answer.getheaders():
                    if name.lower() not in {"connection", "transfer-encoding"}:
                        self.send_header(name, value)
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        """Listen."""
        Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close."""
        self._server.shutdown()
        self._server.server_close()

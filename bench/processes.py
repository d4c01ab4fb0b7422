"""Processes of the benchmark: pinned to cores, weighed, and never left behind."""

import os
import shutil
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx
import psutil

START_TIMEOUT = 90  # seconds
STOP_TIMEOUT = 15  # seconds
REST, REST_TIMEOUT = 0.5, 15  # seconds of hardly any work, and how long they are waited for
MIB = 1024 * 1024

Cores = tuple[int, ...]


class CannotRun(Exception):
    """The benchmark cannot be run here, or a server cannot; the message is one line."""


@dataclass(frozen=True, slots=True)
class Command:
    """What starts a server."""

    words: Sequence[str | Path]
    environment: Mapping[str, str] = field(default_factory=dict)
    folder: Path | None = None
    health: str = "/healthz"


@dataclass(frozen=True, slots=True)
class Memory:
    """What a process tree holds, in MiB."""

    rss: float
    pss: float
    """Shared pages counted in proportion."""


def pinned(cores: Cores, words: Sequence[str | Path], *, signal: str = "TERM") -> list[str]:
    """Run on these cores only, and end with the process that started it."""
    places = ",".join(map(str, cores))
    guard = ["setpriv", "--pdeathsig", signal, "taskset", "--cpu-list", places]
    return [*guard, *map(str, words)]


def cpu_seconds(pid: int) -> float:
    """User and system time of a process and of all that it started, also of what has ended."""
    total = 0.0
    for process in _tree(pid):
        try:
            times = process.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += times.user + times.system + times.children_user + times.children_system
    return total


def memory(pid: int) -> Memory:
    """Weigh a process and all that it started, once it has done what the load left behind.

    A hash takes 19 MiB for as long as it lasts, and `wrk` leaves with some of them under way.
    """
    deadline, before = time.monotonic() + REST_TIMEOUT, cpu_seconds(pid)
    while time.monotonic() < deadline:
        time.sleep(REST)
        now = cpu_seconds(pid)
        if now - before < REST / 20:
            break
        before = now
    weights = [process.memory_full_info() for process in _tree(pid)]
    return Memory(sum(one.rss for one in weights) / MIB, sum(one.pss for one in weights) / MIB)


def _tree(pid: int) -> list[psutil.Process]:
    try:
        root = psutil.Process(pid)
        return [root, *root.children(recursive=True)]
    except psutil.NoSuchProcess:
        raise CannotRun("the server has ended") from None


def clean_environment(**more: str) -> dict[str, str]:
    """Our environment without anybody's settings of the server under test."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AUTHBERRY_")}
    return {**kept, **more}


class Server:
    """One server, for as long as the block lasts."""

    def __init__(self, command: Command, port: int, cores: Cores, log: Path) -> None:
        """Remember how to start it."""
        self.url = f"http://127.0.0.1:{port}"
        self._command = command
        self._cores = cores
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """Of the process that has the others for children."""
        assert self._process, "it was not started"  # noqa: S101
        return self._process.pid

    def __enter__(self) -> Self:
        """Start it; return once it answers."""
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(  # noqa: S603 - the commands of our own contestants
                pinned(self._cores, self._command.words),
                cwd=self._command.folder,
                env=clean_environment(**self._command.environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        try:
            self._wait()
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop it and all that it started."""
        self._stop()

    def _wait(self) -> None:
        assert self._process  # noqa: S101
        deadline = time.monotonic() + START_TIMEOUT
        while self._process.poll() is None and time.monotonic() < deadline:
            try:
                if httpx.get(f"{self.url}{self._command.health}", timeout=START_TIMEOUT).is_success:
                    return
            except httpx.TransportError:
                pass
            time.sleep(0.05)
        last = self._log.read_text(errors="replace").split("\n")[-40:]
        raise CannotRun(f"the server did not start: {' '.join(last)}")

    def _stop(self) -> None:
        assert self._process  # noqa: S101
        if self._process.poll() is not None:
            return
        tree = _tree(self._process.pid)
        self._process.terminate()
        _, alive = psutil.wait_procs(tree, STOP_TIMEOUT)
        for process in alive:
            process.kill()
        self._process.wait()


def require(*tools: str) -> None:
    """Make sure that these are installed; raises CannotRun, which says what to install."""
    packages = {
        "wrk": "wrk",
        "taskset": "util-linux",
        "setpriv": "util-linux",
        "npm": "npm",
        "node": "nodejs",
    }
    if missing := sorted({packages[tool] for tool in tools if not shutil.which(tool)}):
        raise CannotRun(f"Install these first: apt-get install {' '.join(missing)}")

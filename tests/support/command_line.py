"""The command line, in this process and in one of its own."""

import io
import json
import logging
import os
import pty
import signal
import subprocess
import sys
import time
import warnings
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import pytest
from anyio.to_thread import run_sync
from liveness import is_live

from authberry.server.commands import main
from bench.local_servers import free_port

AUTHBERRY = [sys.executable, "-m", "authberry.server"]
NEW_PASSWORD = "a staple of batteries, horse"
NOBODY = "00000000-0000-4000-8000-000000000000"
SECRET = "c3RpbGwgYW5vdGhlciBrZXkgZm9yIHRlc3RzLCBub3QgZm9yIHlvdQ"
PRODUCTION = {
    "AUTHBERRY_ENV": "production",
    "AUTHBERRY_SECRET": SECRET,
    "AUTHBERRY_PUBLIC_URL": "https://auth.example.com",
}
START_TIMEOUT = 60  # seconds, on a machine that is busy with other tests


@dataclass(frozen=True)
class Outcome:
    """How a command ended, and what it said."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """What it said to a script."""
        return json.loads(self.out)


class CommandLine:
    """Runs commands on the test's database, in this process; nothing else of it is mocked."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        """Speak through the fixtures of one test."""
        self._monkeypatch = monkeypatch
        self._capsys = capsys

    async def __call__(self, *arguments: str, stdin: str = "") -> Outcome:
        """Run one command with `stdin` in a pipe, and the test's own event loop out of its way."""
        return await run_sync(self._run, arguments, stdin)

    def _run(self, arguments: tuple[str, ...], stdin: str) -> Outcome:
        pipe = io.TextIOWrapper(io.BytesIO(stdin.encode("utf-8", "surrogateescape")), "utf-8")
        self._monkeypatch.setattr(sys, "argv", ["authberry", *arguments])
        self._monkeypatch.setattr(sys, "stdin", pipe)
        self._capsys.readouterr()
        with pytest.raises(SystemExit) as leaving:
            main()
        printed = self._capsys.readouterr()
        return Outcome(int(leaving.value.code or 0), printed.out, printed.err)


@pytest.fixture
def quiet_logging() -> Iterator[None]:
    """Put the logs back as they were: a command sets up those of its whole process."""
    root, names = logging.getLogger(), ("", "authberry", "uvicorn")
    handlers, levels = root.handlers[:], [logging.getLogger(name).level for name in names]
    show = warnings.showwarning
    yield
    logging.captureWarnings(capture=False)
    warnings.showwarning = show
    root.handlers = handlers
    for name, level in zip(names, levels, strict=True):
        logging.getLogger(name).setLevel(level)


@pytest.fixture
def authberry(
    database_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    quiet_logging: None,
) -> CommandLine:
    """Run commands in an empty folder, on the test's database."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AUTHBERRY_DATABASE_URL", database_url)
    monkeypatch.setenv("AUTHBERRY_SECRET", SECRET)
    return CommandLine(monkeypatch, capsys)


class Serving:
    """`authberry serve` in a process of its own, until the block ends."""

    def __init__(
        self, folder: Path, environment: dict[str, str], *arguments: str, waits: bool = True
    ) -> None:
        """Start it in `folder`, on a free port; the block begins when it answers, if it `waits`."""
        self._waits = waits
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.process = subprocess.Popen(  # noqa: S603 - ours
            [*AUTHBERRY, "serve", "--port", str(self.port), *arguments],
            cwd=folder,
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> Self:
        """Wait until it answers, if that was asked for."""
        return self.until_it_answers() if self._waits else self

    def until_it_answers(self) -> Self:
        """Wait."""
        deadline = time.monotonic() + START_TIMEOUT
        while time.monotonic() < deadline and self.process.poll() is None:
            if is_live(self.port):
                return self
            time.sleep(0.05)
        self.process.kill()
        raise AssertionError(self.process.communicate())

    def __exit__(self, *_: object) -> None:
        """Leave nothing running."""
        if self.process.poll() is None:
            self.process.terminate()
        self.outcome()

    def stop(self, signal: int) -> Outcome:
        """Send a signal, and wait for the end."""
        self.process.send_signal(signal)
        return self.outcome()

    def outcome(self) -> Outcome:
        """Wait for the end."""
        if not hasattr(self, "_outcome"):
            out, err = self.process.communicate(timeout=START_TIMEOUT)
            self._outcome = Outcome(self.process.returncode, out, err)
        return self._outcome


def start(
    folder: Path, environment: dict[str, str], *arguments: str, out: int = subprocess.DEVNULL
) -> subprocess.Popen[bytes]:
    """Start one command in a process of its own; what it says goes to `out`."""
    return subprocess.Popen(  # noqa: S603 - ours
        [*AUTHBERRY, *arguments],
        cwd=folder,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        stdout=out,
        stderr=out,
    )


def run(folder: Path, environment: dict[str, str], *arguments: str) -> Outcome:
    """Run one command in a process of its own, with nothing on standard input."""
    return run_program(folder, environment, *AUTHBERRY, *arguments)


def run_program(folder: Path, environment: dict[str, str], *program: str) -> Outcome:
    """Run any program so."""
    done = subprocess.run(  # noqa: S603 - ours
        program,
        cwd=folder,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=START_TIMEOUT,
        check=False,
    )
    return Outcome(done.returncode, done.stdout, done.stderr)


def refused(outcome: Outcome, line: str, *, code: int = 1) -> bool:
    """Whether a command ended with this one line on standard error, and printed nothing."""
    return (outcome.code, outcome.out, outcome.err) == (code, "", f"error: {line}\n")


def at_a_terminal(
    *arguments: str,
    answers: list[str],
    folder: Path,
    environment: dict[str, str],
    interrupt_at: str | None = None,
) -> tuple[int, str]:
    """Run a command in a process with a terminal of its own, and answer each of its questions.

    Ctrl-C is pressed once the screen shows `interrupt_at`.
    """
    ours, theirs = pty.openpty()
    process = subprocess.Popen(  # noqa: S603 - ours
        [*AUTHBERRY, *arguments],
        cwd=folder,
        env={**os.environ, **environment},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    screen, answered = "", 0
    with process, open(ours, "r+b", buffering=0) as terminal:  # noqa: PTH123 - no path
        with suppress(OSError):  # how Linux says that nobody is at the other end any more
            while read := terminal.read(1024):
                screen += read.decode()
                if screen[answered:].endswith(": "):
                    answered = len(screen)
                    terminal.write(f"{answers.pop(0)}\n".encode())
                if interrupt_at and interrupt_at in screen:
                    interrupt_at = None
                    process.send_signal(signal.SIGINT)
        return process.wait(), screen

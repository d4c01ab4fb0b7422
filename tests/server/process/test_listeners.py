"""Where `authberry serve` listens, when it is no address of the network."""

import json
import os
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from command_line import PRODUCTION, refused, run
from empty_database import database_url
from serve_command import REGISTER, environment

from authberry.server.process.listener import (
    CannotListen,
    listen_at_path,
    listen_on_descriptor,
)

__all__ = ["database_url", "environment"]

START_TIMEOUT = 60  # seconds, on a machine that is busy with other tests

Process = subprocess.Popen[str]


@contextmanager
def serving(
    folder: Path, environment: dict[str, str], *arguments: str, pass_fds: tuple[int, ...] = ()
) -> Iterator[Process]:
    """Serve until the block ends."""
    process = subprocess.Popen(  # noqa: S603 - ours
        [sys.executable, "-m", "authberry.server", "serve", *arguments],
        cwd=folder, env={**os.environ, **environment}, pass_fds=pass_fds,
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def until_it_listens(process: Process, path: Path) -> None:
    """Wait."""
    deadline = time.monotonic() + START_TIMEOUT
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket(socket.AF_UNIX) as probe:
            try:
                probe.connect(str(path))
            except OSError:
                time.sleep(0.05)
            else:
                return
    process.kill()
    raise AssertionError(process.communicate())


def stopped(process: Process) -> list[dict[str, object]]:
    """Stop; returns the log."""
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=START_TIMEOUT)
    assert process.returncode == 0, err
    return [json.loads(line) for line in err.splitlines()]


def at(path: Path) -> httpx.Client:
    """Connect to a Unix socket."""
    transport = httpx.HTTPTransport(uds=str(path))
    return httpx.Client(transport=transport, base_url="http://localhost", timeout=60)


@pytest.mark.parametrize("workers", ["1", "2"])
def test_it_listens_at_a_unix_socket(
    tmp_path: Path, environment: dict[str, str], workers: str
) -> None:
    """In place of what a killed server has left, for user and group; gone when the server is.

    A proxy in front of it says whom it asks for, and is believed where that is set.
    """
    path = tmp_path / "authberry.sock"
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(path))
    configured = {
        **environment, "AUTHBERRY_LOG_FORMAT": "json", "AUTHBERRY_TRUSTED_PROXIES": "unix",
        "AUTHBERRY_EMAIL_VERIFICATION": "off",
    }  # fmt: skip
    arguments = "--uds", str(path), "--workers", workers
    with serving(tmp_path, configured, *arguments) as process:
        until_it_listens(process, path)
        assert stat.S_IMODE(path.stat().st_mode) == 0o660
        taken = run(tmp_path, environment, "serve", "--uds", str(path))
        with at(path) as client:
            for address in ("203.0.113.9", "203.0.113.10"):
                client.post(
                    "/graphql",
                    json={"query": REGISTER.replace("ada@", f"{address}@")},
                    headers={"X-Forwarded-For": f"6.6.6.6, {address}"},
                )
        log = stopped(process)
    assert not path.exists()
    assert refused(taken, f"cannot listen at {path}: it is taken. Choose another with --uds")
    assert log[0]["socket"] == str(path)
    told = [one["address"] for one in log if one["event"] == "registered"]
    assert told == ["203.0.113.9", "203.0.113.10"]


def test_what_is_no_socket_is_left_where_it_is(tmp_path: Path, environment: dict[str, str]) -> None:
    """A path that was mistyped costs nobody a file."""
    path = tmp_path / "precious"
    path.write_text("all I have")
    outcome = run(tmp_path, environment, "serve", "--uds", str(path))
    remedy = "Choose another with --uds"
    assert refused(outcome, f"cannot listen at {path}: there is something else. {remedy}")
    nowhere = tmp_path / "no" / "such" / "folder"
    outcome = run(tmp_path, environment, "serve", "--uds", str(nowhere))
    assert refused(outcome, f"cannot listen at {nowhere}: No such file or directory. {remedy}")
    assert path.read_text() == "all I have"


def test_the_socket_of_a_server_that_came_after_is_left_to_it(tmp_path: Path) -> None:
    """Somebody has removed the path meanwhile, and another server listens there."""
    path = tmp_path / "authberry.sock"
    with listen_at_path(path):
        path.unlink()
        with socket.socket(socket.AF_UNIX) as other:
            other.bind(str(path))
    assert path.exists()


@pytest.mark.parametrize("workers", ["1", "2"])
def test_it_serves_on_a_socket_that_it_is_given(
    tmp_path: Path, environment: dict[str, str], workers: str
) -> None:
    """A service manager's, which goes on listening: who comes between two servers has to wait."""
    configured = {**environment, "AUTHBERRY_LOG_FORMAT": "json"}
    with socket.create_server(("127.0.0.1", 0)) as given:
        url = f"http://127.0.0.1:{given.getsockname()[1]}"
        arguments = "--fd", str(given.fileno()), "--workers", workers
        for _ in range(2):
            with (
                serving(tmp_path, configured, *arguments, pass_fds=(given.fileno(),)) as process,
                httpx.Client(base_url=url, timeout=60) as client,
            ):
                assert client.get("/health/live").status_code == 200
                log = stopped(process)
            assert log[0]["url"] == f"{url}/graphql"


def test_a_descriptor_that_does_not_listen_is_one_line(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    """And no traceback, whatever stands there."""
    remedy = "Name with --fd one that listens"
    outcome = run(tmp_path, environment, "serve", "--fd", "77")
    assert refused(outcome, f"cannot listen on descriptor 77: Bad file descriptor. {remedy}")
    outcome = run(tmp_path, environment, "serve", "--fd", "0")
    assert outcome.code == 1
    assert outcome.err.startswith("error: cannot listen on descriptor 0: ")
    assert outcome.err.endswith(f". {remedy}\n")
    assert outcome.err.count("\n") == 1


@pytest.mark.parametrize("kind", [socket.SOCK_STREAM, socket.SOCK_DGRAM])
def test_a_socket_that_does_not_listen_is_none_to_serve_on(kind: int) -> None:
    """It stays open: it is whose it was."""
    with socket.socket(socket.AF_INET, kind) as given:
        given.bind(("127.0.0.1", 0))
        with pytest.raises(CannotListen, match="it is no socket that listens"):
            listen_on_descriptor(given.fileno())
        assert given.getsockname()


@pytest.mark.parametrize(
    "arguments",
    [
        ("--uds", "a.sock", "--fd", "3"),
        ("--uds", "a.sock", "--port", "80"),
        ("--fd", "3", "--host", "::"),
    ],
)
def test_one_place_to_listen_at_is_enough(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    """Whoever names two learns it, rather than which of them was meant."""
    outcome = run(tmp_path, PRODUCTION, "serve", *arguments)
    assert outcome.code == 2
    assert "are several places to listen at" in outcome.err

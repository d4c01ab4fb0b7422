"""How `authberry serve` stops, and how several of its processes do."""

import asyncio
import os
import signal
import socket
import time
from pathlib import Path

import httpx
import pytest
import uvicorn
from command_line import SECRET, Serving
from empty_database import database_url
from processes import children, until_refused
from serve_command import announced, environment, events, issuer
from starlette.types import Receive, Scope, Send
from waiting import until

from authberry.server.process import listen, protocol
from authberry.server.process.draining import DrainingServer
from authberry.server.process.protocol import CLOSING, BoundedProtocol
from authberry.server.process.supervisor import Worker

__all__ = ["database_url", "environment"]

BODY = b'{"query": "{ __typename }"}'
HEAD = (
    b"POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    b"Content-Length: %d\r\n\r\n" % len(BODY)
)
CROWD = 50
"""Connections that come in the last moment."""


async def hello(_scope: Scope, _receive: Receive, send: Send) -> None:
    """Answer."""
    headers = [(b"content-length", b"5")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"hello"})


class CrowdedServer(DrainingServer):
    """Is told to stop at once, and asked by a crowd in the step in which it closes its listener."""

    def __init__(self, address: tuple[str, int]) -> None:
        """Serve at this address."""
        super().__init__(
            uvicorn.Config(hello, http=BoundedProtocol, lifespan="off", log_config=None), drain=0
        )
        self.late: list[socket.socket] = []
        self._address = address

    async def on_tick(self, counter: int) -> bool:
        """Say that it is time."""
        self.should_exit = True
        is_time = await super().on_tick(counter)
        for _ in range(CROWD if is_time else 0):
            connection = socket.create_connection(self._address)
            connection.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            self.late.append(connection)
        return is_time


# Stopping


@pytest.mark.parametrize(
    ("told", "workers"), [(signal.SIGTERM, "1"), (signal.SIGINT, "1"), (signal.SIGTERM, "2")]
)
def test_what_is_in_flight_is_finished(
    tmp_path: Path, environment: dict[str, str], told: signal.Signals, workers: str
) -> None:
    """Nobody new is let in, the request that was under way is answered, and all is well: 0.

    Whoever watches over several workers holds no listener open that nobody serves any more.
    """
    with Serving(tmp_path, environment, "--workers", workers) as server:
        with socket.create_connection(("127.0.0.1", server.port)) as connection:
            connection.sendall(HEAD + BODY[:5])
            for _ in range(2):  # whoever comes later is answered: it has been read
                httpx.get(f"{server.url}/health/live", timeout=30)
            server.process.send_signal(told)
            until_refused(server.port)
            connection.sendall(BODY[5:])
            answer = b"".join(iter(lambda: connection.recv(65536), b""))
        outcome = server.outcome()
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert answer.endswith(b'{"data":{"__typename":"Query"}}')
    assert outcome.code == 0
    assert [line.split()[2] for line in outcome.err.splitlines()] == [
        "serving",
        "stopping",
        "stopped",
    ]


def test_connections_that_wait_when_the_listener_closes_are_served() -> None:
    """The kernel has completed them, and the event loop has yet to hear of it."""
    listener = listen("127.0.0.1", 0)
    server = CrowdedServer(listener.getsockname())
    server.run([listener])
    answers = [_all_of(connection) for connection in server.late]
    assert len(answers) == CROWD
    for answer in answers:
        assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
        assert b"\r\nconnection: close\r\n" in answer
        assert answer.endswith(b"\r\n\r\nhello")


def test_told_to_stop_while_it_starts_it_stops(tmp_path: Path, environment: dict[str, str]) -> None:
    """An orchestrator may change its mind."""
    with Serving(tmp_path, environment, waits=False) as server:
        assert server.process.stdout is not None
        server.process.stdout.readline()  # it listens, and has yet to build the application
        outcome = server.stop(signal.SIGTERM)
    assert outcome.code == 0
    assert "Traceback" not in outcome.err


async def test_a_connection_of_the_last_moment_is_not_waited_for_long(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It may be served when the others have been told already; if it asks nothing, it is closed."""
    monkeypatch.setattr(protocol, "LAST_REQUEST_TIMEOUT", 0)
    monkeypatch.setattr(protocol, "HEAD_TIMEOUT", 86_400)
    config = uvicorn.Config(hello, http=BoundedProtocol, lifespan="off", log_config=None)
    config.load()
    server = DrainingServer(config, drain=0)
    server.lifespan = config.lifespan_class(config)
    server.set_state(CLOSING, value=True)
    ours, theirs = socket.socketpair()
    theirs.settimeout(0)
    with ours:
        ours.settimeout(0)
        await server.serve_connection(theirs)
        async with asyncio.timeout(60):
            assert await asyncio.get_running_loop().sock_recv(ours, 1) == b""


# Several processes


async def test_a_worker_that_is_told_to_stop_is_not_the_first_to_close_the_listener() -> None:
    """Told with it, the supervisor closes its copy meanwhile: who closes last must serve."""
    config = uvicorn.Config(hello, http=BoundedProtocol, lifespan="off", log_config=None)
    listener = listen("127.0.0.1", 0)
    server = Worker(config, [listener], drain=0).server
    serving = asyncio.create_task(server.serve([listener]))
    await until(lambda: server.started)
    server.should_exit = True
    told = time.monotonic()
    await serving
    assert time.monotonic() - told >= 0.2


def test_workers_share_one_address_and_one_name(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    """What the command line derived reaches them, their logs are ours, and they stop together."""
    configured = {**environment, "AUTHBERRY_LOG_FORMAT": "json"}
    configured["AUTHBERRY_EMAIL_VERIFICATION"] = "off"  # a mail would be printed
    with Serving(tmp_path, configured, "--workers", "2") as server:
        assert issuer(server) == server.url
        outcome = server.stop(signal.SIGTERM)
    assert outcome.code == 0
    assert outcome.out == announced(server.url)
    told = events(outcome.err)
    assert told[0] == "serving"
    assert "registered" in told
    assert told[-2:] == ["stopping", "stopped"]


def test_told_to_stop_together_with_its_workers_it_starts_no_other(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    """A service manager tells every process: one that ends then has not died.

    A worker that is stopped is one whose answer to a health check is being waited for.
    """
    with Serving(tmp_path, environment, "--workers", "2") as server:
        workers = _workers(server.process.pid)
        os.kill(workers[0], signal.SIGSTOP)
        time.sleep(2)
        for pid in (*workers, server.process.pid):
            os.kill(pid, signal.SIGTERM)
        os.kill(workers[0], signal.SIGKILL)
        outcome = server.outcome()
    assert outcome.code == 0
    assert [line.split()[2] for line in outcome.err.splitlines()] == [
        "serving",
        "stopping",
        "stopped",
    ]


@pytest.mark.parametrize("told", ["the supervisor", "each process"])
def test_told_to_stop_while_it_replaces_its_workers_it_holds_nobody_up(
    tmp_path: Path, environment: dict[str, str], told: str
) -> None:
    """The listener closes, and what is under way is answered, whichever worker has it."""
    with Serving(tmp_path, environment, "--workers", "2") as server:
        first = _workers(server.process.pid)
        server.process.send_signal(signal.SIGHUP)
        while len(_workers(server.process.pid)) == len(first):
            time.sleep(0.02)
        under_way = [_begin(server.port) for _ in range(20)]  # so that each worker has some
        group = [server.process.pid]
        if told == "each process":
            group = [*_workers(server.process.pid), *group]
        for pid in group:
            os.kill(pid, signal.SIGTERM)
        until_refused(server.port)
        for connection in under_way:
            connection.sendall(BODY[5:])
        answers = [_all_of(connection) for connection in under_way]
        outcome = server.outcome()
    assert [answer[:13] for answer in answers] == [b"HTTP/1.1 200 "] * len(answers)
    assert outcome.code == 0
    assert "died" not in outcome.err


def test_a_worker_that_dies_is_replaced(tmp_path: Path, environment: dict[str, str]) -> None:
    """Even by a signal that cannot be caught."""
    with Serving(tmp_path, environment, "--workers", "2") as server:
        before = set(children(server.process.pid))
        os.kill(max(before), signal.SIGKILL)
        deadline = time.monotonic() + 60
        while not (now := set(children(server.process.pid))) - before or len(now) != len(before):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        assert httpx.get(f"{server.url}/health/live", timeout=30).status_code == 200
        assert server.stop(signal.SIGTERM).code == 0


def test_workers_may_take_their_time_to_start(tmp_path: Path, environment: dict[str, str]) -> None:
    """On a machine where that takes longer than uvicorn's patience they would never be done."""
    slow = "import sys, time\nif 'spawn_main' in str(sys.orig_argv): time.sleep(6)\n"
    (tmp_path / "sitecustomize.py").write_text(slow)
    environment["PYTHONPATH"] = str(tmp_path)
    with Serving(tmp_path, environment, "--workers", "2") as server:
        workers = children(server.process.pid)
        assert server.stop(signal.SIGTERM).code == 0
    assert len(workers) >= 2
    assert "died" not in server.outcome().err


def test_workers_that_cannot_start_are_not_started_for_ever(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    """A secret that goes away between the command and its workers ends both, in clear words."""
    secret = tmp_path / "secret"
    secret.write_text(SECRET)
    del environment["AUTHBERRY_SECRET"]
    environment["AUTHBERRY_SECRET_FILE"] = str(secret)
    with Serving(tmp_path, environment, "--workers", "2", waits=False) as server:
        assert server.process.stdout is not None
        server.process.stdout.readline()
        secret.unlink()
        outcome = server.outcome()
    line = (
        f"error: AUTHBERRY_SECRET_FILE: names {secret}, which cannot be read (No such file or"
        " directory). Check that it is there, and that this user may read it"
    )
    assert outcome.code == 1
    assert line in outcome.err.splitlines()
    assert "Traceback" not in outcome.err


def _begin(port: int) -> socket.socket:
    """Send a part of a request."""
    connection = socket.create_connection(("127.0.0.1", port))
    connection.sendall(HEAD + BODY[:5])
    return connection


def _all_of(connection: socket.socket) -> bytes:
    """Read an answer to the end of its connection."""
    with connection:
        return b"".join(iter(lambda: connection.recv(65536), b""))


def _workers(pid: int) -> list[int]:
    """The processes that serve: all but the one that shares their memory."""
    return [
        child
        for child in children(pid)
        if b"resource_tracker" not in Path(f"/proc/{child}/cmdline").read_bytes()
    ]

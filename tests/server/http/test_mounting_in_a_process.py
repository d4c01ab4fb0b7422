"""A host in a process of its own, served by the `uvicorn` command as anybody would."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from apps import SECRET
from database_servers import stop_with_us
from liveness import is_live

from bench.local_servers import free_port

START_TIMEOUT = 60  # seconds, on a machine that is busy with other tests
PROMPTLY = 60  # seconds
HOST = """
from starlette.applications import Starlette
from starlette.routing import Mount
from authberry.server.app import create_app

app = Starlette(routes=[Mount("/auth", create_app())])
"""
REFUSED_LOGIN = """
mutation { login(email: "ada@example.com", password: "wrong") { __typename } }
"""
LIFESPAN = """
from contextlib import asynccontextmanager
from starlette.applications import Starlette
from starlette.routing import Mount
from authberry.server.app import create_app

auth = create_app()

@asynccontextmanager
async def lifespan(app):
    async with auth.router.lifespan_context(auth):
        yield

app = Starlette(routes=[Mount("/auth", auth)], lifespan=lifespan)
"""
# As where a program runs uvicorn itself, and leaves by its own handler.
PROGRAM = """
import asyncio, signal, sys, uvicorn
from host import app

signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
asyncio.run(uvicorn.Server(uvicorn.Config(app, port=int(sys.argv[1]))).serve())
"""
UVICORN = ("-m", "uvicorn", "host:app", "--port={port}")
OWN = ("program.py", "{port}")

Start = Callable[..., tuple[subprocess.Popen[bytes], str]]


@pytest.fixture
def start(tmp_path: Path, anyio_backend: str, database_url: str) -> Iterator[Start]:
    """Start a host; nothing of it is left when the test ends."""
    begun: list[tuple[subprocess.Popen[bytes], subprocess.Popen[bytes]]] = []

    def start_(code: str, command: tuple[str, ...]) -> tuple[subprocess.Popen[bytes], str]:
        (tmp_path / "host.py").write_text(code)
        (tmp_path / "program.py").write_text(PROGRAM)
        port = free_port()
        process = subprocess.Popen(  # noqa: S603 - ours
            [sys.executable, *(word.format(port=port) for word in command)],
            cwd=tmp_path,
            env={
                **os.environ,
                "PYTHONPATH": str(tmp_path),
                "AUTHBERRY_DATABASE_URL": database_url,
                "AUTHBERRY_SECRET": SECRET,
            },
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        begun.append((process, stop_with_us(process.pid)))
        url = f"http://127.0.0.1:{port}/auth"
        deadline = time.monotonic() + START_TIMEOUT
        while not is_live(port, "/auth"):
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.05)
        return process, url

    yield start_
    for process, guard in begun:
        process.kill()
        process.communicate()
        guard.kill()
        guard.communicate()


@pytest.mark.parametrize(
    ("code", "command", "number", "exit_code"),
    [
        (HOST, UVICORN, signal.SIGINT, 0),
        # uvicorn raises it once more when it has served, and nobody is there to handle it.
        (HOST, UVICORN, signal.SIGTERM, -signal.SIGTERM),
        (HOST, OWN, signal.SIGTERM, 0),
        (LIFESPAN, UVICORN, signal.SIGTERM, -signal.SIGTERM),
        (LIFESPAN, OWN, signal.SIGTERM, 0),
    ],
)
def test_a_host_that_is_told_to_stop_stops(
    start: Start, code: str, command: tuple[str, ...], number: signal.Signals, exit_code: int
) -> None:
    """With what a first request opened: no thread of the database's keeps the process alive."""
    process, url = start(code, command)
    answer = httpx.post(f"{url}/graphql", json={"query": "{ __typename }"}, timeout=PROMPTLY)
    assert answer.json() == {"data": {"__typename": "Query"}}
    process.send_signal(number)
    _, err = process.communicate(timeout=PROMPTLY)
    assert process.returncode == exit_code, err.decode()
    for sign in (b"Traceback", b"never awaited", b"was destroyed but it is pending"):
        assert sign not in err


@pytest.mark.parametrize("logs", ["", "import logging\nlogging.basicConfig(level=logging.INFO)\n"])
def test_the_log_of_a_host_says_why(start: Start, logs: str) -> None:
    """With the logging of `uvicorn`, and with Python's own; what an answer names is found in it."""
    process, url = start(logs + HOST, UVICORN)
    refused = {"query": REFUSED_LOGIN}
    answer = httpx.post(f"{url}/graphql", json=refused, timeout=PROMPTLY)
    assert answer.json()["data"]["login"]["__typename"] == "InvalidCredentials"
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=PROMPTLY)
    (line,) = [line for line in err.decode().splitlines() if "login_failed" in line]
    request_id = answer.headers["x-request-id"]
    expected = f'login_failed reason="unknown address" address=127.0.0.1 request_id={request_id}'
    assert line == (f"WARNING:authberry.security:{expected}" if logs else expected)


def test_a_host_whose_database_is_away_reads_why(start: Start) -> None:
    """In one line, for each request that is refused for it."""
    away = 'import os\nos.environ["AUTHBERRY_DATABASE_URL"] = "postgres://ada@127.0.0.1:1/a"\n'
    process, url = start(away + HOST, UVICORN)
    answer = httpx.post(f"{url}/graphql", json={"query": "{ __typename }"}, timeout=PROMPTLY)
    assert answer.status_code == 503
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=PROMPTLY)
    (line,) = [line for line in err.decode().splitlines() if line.startswith("cannot open")]
    assert line == (
        'cannot open cause="AUTHBERRY_DATABASE_URL names PostgreSQL at 127.0.0.1:1: it cannot be'
        ' reached (ConnectionRefusedError). Start it, or correct the host and the port"'
    )

"""How `authberry serve` stops, and how several of its processes do."""

import os
import signal
import socket
import time
from pathlib import Path

import httpx
import pytest
from command_line import SECRET, Serving, database_url
from processes import children, until_refused
from serve_command import announced, environment, events, issuer

__all__ = ["database_url", "environment"]

# Stopping


@pytest.mark.parametrize("told", [signal.SIGTERM, signal.SIGINT])
def test_what_is_in_flight_is_finished(
    tmp_path: Path, environment: dict[str, str], told: signal.Signals
) -> None:
    """Nobody new is let in, the request that was under way is answered, and all is well: 0."""
    with Serving(tmp_path, environment) as server:
        with socket.create_connection(("127.0.0.1", server.port)) as connection:
            body = b'{"query": "{ __typename }"}'
            connection.sendall(
                b"POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                b"Content-Length: %d\r\n\r\n" % len(body) + body[:5]
            )
            for _ in range(2):  # whoever comes later is answered: it has been read
                httpx.get(f"{server.url}/health/live", timeout=30)
            server.process.send_signal(told)
            until_refused(server.port)
            connection.sendall(body[5:])
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


def test_told_to_stop_while_it_starts_it_stops(tmp_path: Path, environment: dict[str, str]) -> None:
    """An orchestrator may change its mind."""
    with Serving(tmp_path, environment, waits=False) as server:
        assert server.process.stdout is not None
        server.process.stdout.readline()  # it listens, and has yet to build the application
        outcome = server.stop(signal.SIGTERM)
    assert outcome.code == 0
    assert "Traceback" not in outcome.err


# Several processes


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

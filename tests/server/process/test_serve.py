"""`authberry serve`: real processes, real sockets, real signals."""

import json
import os
import socket
import stat
from pathlib import Path

import httpx
import pytest
from command_line import (
    PRODUCTION,
    SECRET,
    CommandLine,
    Serving,
    authberry,
    quiet_logging,
    refused,
    run,
    start,
)
from empty_database import database_url
from processes import children
from rows import ALL
from serve_command import REGISTER, announced, environment, events, issuer

from authberry.models import Database
from bench.local_servers import free_port

__all__ = ["authberry", "database_url", "environment", "quiet_logging"]

UNREACHABLE = {"AUTHBERRY_DATABASE_URL": "postgres://ada:sentinel@127.0.0.1:1/authberry"}


# Starting


def test_with_nothing_configured_it_serves_at_once(tmp_path: Path) -> None:
    """Tables made, GraphiQL shown, and what is secret readable by nobody else."""
    os.umask(previous := os.umask(0o022))
    with Serving(tmp_path, {}) as server:
        page = httpx.get(f"{server.url}/graphql", headers={"Accept": "text/html"}, timeout=30)
        assert page.status_code == 200
        assert httpx.get(f"{server.url}/health/ready", timeout=30).json() == {"status": "ok"}
        assert issuer(server) == server.url
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    assert previous == 0o022
    assert modes.keys() >= {"authberry.db", "authberry.secret"}
    assert set(modes.values()) == {0o600}
    outcome = server.outcome()
    assert outcome.out == announced(server.url)
    assert outcome.code == 0


@pytest.mark.parametrize(
    ("host", "environment", "expected"),
    [
        ("0.0.0.0", {}, "http://127.0.0.1:{port}"),  # noqa: S104 - the case in question
        ("127.0.0.1", {"AUTHBERRY_PUBLIC_URL": "http://auth.test"}, "http://auth.test"),
    ],
)
def test_a_development_server_says_where_it_is_unless_it_is_told(
    tmp_path: Path, host: str, environment: dict[str, str], expected: str
) -> None:
    """In its banner and as the issuer of its tokens, which are to be the same."""
    with Serving(tmp_path, environment, "--host", host) as server:
        url = expected.format(port=server.port)
        assert issuer(server) == url
    assert server.outcome().out == announced(url)


def test_a_server_at_another_address_says_that_it_has_no_passkeys(tmp_path: Path) -> None:
    """And what to set, before a browser refuses them."""
    with Serving(tmp_path, {"AUTHBERRY_PUBLIC_URL": "http://192.0.2.1:8000"}) as server:
        assert server.url
    line = "Passkeys: none at an IP address. Set AUTHBERRY_PUBLIC_URL to a URL with a name"
    assert server.outcome().out == f"{announced('http://192.0.2.1:8000')}{line}\n"


def test_port_0_takes_a_free_one_and_says_which(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    """For whoever starts several."""
    with Serving(tmp_path, environment, "--port", "0", waits=False) as server:
        assert server.process.stdout is not None
        server.url = server.process.stdout.readline().split()[1].removesuffix("/graphql")
        assert server.url != f"http://127.0.0.1:{server.port}"
        assert httpx.get(f"{server.url}/health/live", timeout=30).status_code == 200


def test_a_taken_port_is_one_line(tmp_path: Path, environment: dict[str, str]) -> None:
    """And no traceback."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        outcome = run(tmp_path, environment, "serve", "--port", str(port))
    line = f"cannot listen at 127.0.0.1 port {port}: it is taken. Choose another with --port"
    assert (outcome.code, outcome.out, outcome.err) == (1, "", f"error: {line}\n")


def test_an_address_of_another_machine_is_one_line(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    """And says which option to change."""
    outcome = run(tmp_path, environment, "serve", "--host", "203.0.113.7", "--port", "0")
    line = "cannot listen at 203.0.113.7 port 0: Cannot assign requested address"
    assert refused(outcome, f"{line}. Choose another with --host")


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"AUTHBERRY_SECRET": ""}, "AUTHBERRY_SECRET: is required in production."),
        ({"AUTHBERRY_SECRET": "sentinel"}, "AUTHBERRY_SECRET: is shorter than 32 bytes."),
        ({"AUTHBERRY_SECRET": "sentinel" * 4}, "AUTHBERRY_SECRET: repeats itself."),
        (
            {"AUTHBERRY_SECRET": "change-me-sentinel-0123456789-abcdef"},
            "AUTHBERRY_SECRET: looks like an example.",
        ),
        ({"AUTHBERRY_SECRET": f"{SECRET},{SECRET}"}, "AUTHBERRY_SECRET: holds the same"),
        ({"AUTHBERRY_PUBLIC_URL": "http://sentinel.example"}, "AUTHBERRY_PUBLIC_URL: is not https"),
        ({"AUTHBERRY_ALLOWED_ORIGINS": "*"}, "AUTHBERRY_ALLOWED_ORIGINS: each must be an exact"),
        ({"AUTHBERRY_SENTINEL": "x"}, "no such setting: AUTHBERRY_SENTINEL"),
        ({"AUTHBERRY_SIGNING_KEYS_FILE": "sentinel"}, "AUTHBERRY_SIGNING_KEYS_FILE: names"),
    ],
)
async def test_production_refuses_danger_before_it_does_anything(
    authberry: CommandLine, monkeypatch: pytest.MonkeyPatch, changes: dict[str, str], line: str
) -> None:
    """One line names the setting, and never its value; no port, no file, no database is touched."""
    for name, value in {**UNREACHABLE, **PRODUCTION, **changes}.items():
        monkeypatch.setenv(name, value)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        outcome = await authberry("serve", "--port", str(taken.getsockname()[1]))
    assert (outcome.code, outcome.out) == (1, "")
    assert outcome.err.startswith(f"error: {line}")
    assert outcome.err.count("\n") == 1
    assert "sentinel" not in outcome.err


def test_a_refusal_comes_soon(tmp_path: Path) -> None:
    """Whoever has just typed `serve` is still looking."""
    before = os.times()
    outcome = run(tmp_path, {**PRODUCTION, **UNREACHABLE, "AUTHBERRY_SECRET": ""}, "serve")
    spent = os.times()
    assert spent.children_user - before.children_user < 5  # seconds of a core; and 1 as a rule
    assert outcome.code == 1
    assert outcome.err.startswith("error: AUTHBERRY_SECRET: is required in production.")
    assert list(tmp_path.iterdir()) == []


def test_production_waits_for_its_migrations(tmp_path: Path, environment: dict[str, str]) -> None:
    """It changes no tables by itself, and says who does."""
    configured = {**environment, **PRODUCTION}
    early = run(tmp_path, configured, "serve", "--port", str(free_port()))
    line = f": it lacks {', '.join(ALL)}: run authberry migrate\n"
    assert (early.code, early.out) == (1, "")
    assert early.err.startswith("error: the database cannot be used: AUTHBERRY_DATABASE_URL names ")
    assert early.err.endswith(line)
    assert run(tmp_path, configured, "migrate").code == 0
    with Serving(tmp_path, configured) as server:
        assert httpx.get(f"{server.url}/health/ready", timeout=30).status_code == 200
    outcome = server.outcome()
    assert outcome.code == 0
    assert outcome.out == ""  # no GraphiQL
    told = events(outcome.err)
    assert (told[0], told[-1]) == ("serving", "stopped")


async def test_whoever_starts_at_once_migrates_an_empty_database_once(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    """Two servers and two commands, none of which fails; each migration is recorded once."""
    commands = [start(tmp_path, environment, "migrate") for _ in range(2)]
    servers = [Serving(tmp_path, environment, waits=False) for _ in range(2)]
    with servers[0], servers[1]:
        for server in servers:
            server.until_it_answers()
        assert [command.wait(60) for command in commands] == [0, 0]
    database = Database(environment["AUTHBERRY_DATABASE_URL"])
    await database.open()
    with database.use():
        _, rows = await database._context.db().execute_query("SELECT name FROM tortoise_migrations")
    assert await database.pending_migrations() == []
    await database.close()
    names = [row["name"] for row in rows]
    assert len(names) == len(set(names)) > 0


# Serving


def test_a_url_is_not_logged_and_a_forwarded_address_not_believed(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    """URLs hold what should not be in them, and uvicorn believes its own machine by default."""
    configured = {**environment, **PRODUCTION, "AUTHBERRY_LOG_LEVEL": "debug"}
    assert run(tmp_path, configured, "migrate").code == 0
    with Serving(tmp_path, configured) as server:
        answer = httpx.post(
            f"{server.url}/graphql?token=sentinel",
            json={"query": REGISTER},
            headers={"X-Forwarded-For": "203.0.113.9"},
            timeout=30,
        )
        assert "server" not in answer.headers
    lines = [json.loads(line) for line in server.outcome().err.splitlines()]
    registered = next(line for line in lines if line["event"] == "registered")
    assert registered["address"] == "127.0.0.1"
    assert "sentinel" not in server.outcome().err


def test_no_secret_stands_among_the_arguments(tmp_path: Path, environment: dict[str, str]) -> None:
    """Every user of the machine may read those, and those of worker processes."""
    with Serving(tmp_path, environment, "--workers", "2") as server:
        pids = [server.process.pid, *children(server.process.pid)]
        arguments = [Path(f"/proc/{pid}/cmdline").read_bytes() for pid in pids]
    assert len(pids) > 2
    assert [line for line in arguments if SECRET.encode() in line] == []

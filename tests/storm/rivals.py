"""Two rivals that refresh over GraphQL, set up as for the benchmark, in as many processes as ours.

Neither claims a window, nor to end a session when a token is used again, and neither can rotate the
secret that signs access tokens. So nothing is rotated in their storm.
"""

import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from database_servers import stop_with_us

from bench.contestants import PASSWORD
from bench.local_servers import free_port
from bench.peers.django_graphql_jwt import DJANGO_GRAPHQL_JWT
from bench.peers.installed import DjangoPeer
from bench.peers.strawberry_django_auth import STRAWBERRY_DJANGO_AUTH
from bench.processes import Command, clean_environment
from tests.storm.contestant import GOOD, Answer, Contestant, Workspace
from tests.storm.http_client import Request, Response
from tests.storm.plan import Plan

START_TIMEOUT = 120  # seconds


class Gunicorn:
    """A master and its worker, which are killed together: one without the other is no server."""

    def __init__(self, command: Command, port: int, log: Path) -> None:
        """Remember how to start it."""
        self.port = port
        self._command, self._log = command, log
        self._process: subprocess.Popen[bytes] | None = None
        self._guard: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start, and return when it takes connections."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - the peers' own
                list(map(str, self._command.words)),
                cwd=self._command.folder,
                env=clean_environment(**self._command.environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                process_group=0,
            )
        self._guard = stop_with_us(self._process.pid)
        deadline = time.monotonic() + START_TIMEOUT
        while not self._listens():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(self._log.read_text(errors="replace"))
            time.sleep(0.05)

    def stop(self) -> int:
        """Ask it to end."""
        assert self._process
        self._process.terminate()
        return self._wait()

    def kill(self) -> None:
        """End master and worker."""
        assert self._process
        os.killpg(self._process.pid, signal.SIGKILL)
        self._wait()

    def close(self) -> None:
        """Leave nothing running."""
        if self._process:
            self.kill()

    def _wait(self) -> int:
        assert self._process
        assert self._guard
        code = self._process.wait(START_TIMEOUT)
        self._guard.kill()
        self._guard.communicate()
        self._process = self._guard = None
        return code

    def _listens(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self.port)).close()
        except OSError:
            return False
        return True


class DjangoRival(Contestant):
    """Three gunicorns on one database."""

    jars: Sequence[Literal["cookie", "body"]] = ("body",)
    peer: DjangoPeer

    def __init__(self, workspace: Workspace, plan: Plan) -> None:
        """Install it, make its tables and people, and choose ports."""
        super().__init__(workspace, plan)
        self.name = self.peer.name
        self.peer.prepare(workspace.kind, None)
        environment = {
            "BENCH_DATABASE": workspace.database_url,
            "BENCH_PEOPLE": str(plan.people),
            "BENCH_PASSWORD": PASSWORD,
        }
        seeding = self.peer.seeding(environment)
        subprocess.run(  # noqa: S603 - the peers' own
            list(map(str, seeding.words)),
            cwd=seeding.folder,
            env=clean_environment(**seeding.environment),
            check=True,
        )
        self.servers: list[Gunicorn] = []
        for _ in range(plan.processes):
            port = free_port()
            command = self.peer.serving(port, environment)
            self.servers.append(Gunicorn(command, port, workspace.folder / f"{port}.log"))

    def register(self, number: int) -> None:
        """They are made with the tables."""

    def email(self, number: int) -> str:
        """The address of a person."""
        return f"bench{number}@example.com"

    def versions(self) -> Mapping[str, str]:
        """What it is made of."""
        return self.peer.versions()

    def read(self, response: Response) -> Answer:
        """Understand a response."""
        if response.status >= 500:
            return Answer(f"status {response.status}", is_fault=True)
        body = json.loads(response.body)
        if errors := body.get("errors"):
            return Answer(str(errors[0]["message"]), is_fault=is_fault(str(errors[0]["message"])))
        (answer,) = body["data"].values()
        return self.answer(answer or {})

    def answer(self, answer: Mapping[str, Any]) -> Answer:
        """Understand what the one field answered."""
        raise NotImplementedError


def is_fault(message: str) -> bool:
    """Whether an error that is told to the client is the server's: it is not masked."""
    return any(sign in message for sign in ("database", "constraint", "connection", "deadlock"))


class DjangoGraphqlJwt(DjangoRival):
    """django-graphql-jwt, with long-running refresh tokens that are revoked when rotated away."""

    peer = DJANGO_GRAPHQL_JWT
    remark = (
        "three gunicorns of four threads; refresh tokens in the database, the old one revoked by"
        " the receiver of its documentation"
    )

    def login(self, number: int, _: str) -> Request:
        """Begin a session."""
        document = (
            "mutation ($user: String!, $password: String!) {"
            " tokenAuth(username: $user, password: $password) { token refreshToken } }"
        )
        return _ask(document, user=f"bench{number}", password=PASSWORD)

    def refresh(self, token: str, _: str) -> Request:
        """Exchange a refresh token."""
        tokens = "{ token refreshToken }"
        document = f"mutation ($token: String) {{ refreshToken(refreshToken: $token) {tokens} }}"
        return _ask(document, token=token)

    def me(self, access: str) -> Request:
        """Ask who is logged in."""
        return _ask("{ me { id email } }", {"Authorization": f"JWT {access}"})

    def answer(self, answer: Mapping[str, Any]) -> Answer:
        """A pair of tokens, or a person."""
        return Answer(GOOD, answer.get("refreshToken"), answer.get("token"), answer.get("email"))


class StrawberryDjangoAuth(DjangoRival):
    """strawberry-django-auth, which revokes the old refresh token because it is asked to."""

    peer = STRAWBERRY_DJANGO_AUTH
    remark = (
        "three gunicorns of four threads; refresh tokens in the database, rotated with"
        " revokeRefreshToken: true"
    )

    def login(self, number: int, _: str) -> Request:
        """Begin a session."""
        document = (
            "mutation ($user: String!, $password: String!) {"
            f" tokenAuth(username: $user, password: $password) {TOKENS} }}"
        )
        return _ask(document, user=f"bench{number}", password=PASSWORD)

    def refresh(self, token: str, _: str) -> Request:
        """Exchange a refresh token."""
        document = (
            "mutation ($token: String!) {"
            f" refreshToken(refreshToken: $token, revokeRefreshToken: true) {TOKENS} }}"
        )
        return _ask(document, token=token)

    def me(self, access: str) -> Request:
        """Ask who is logged in."""
        return _ask("{ me { id email } }", {"Authorization": f"JWT {access}"})

    def answer(self, answer: Mapping[str, Any]) -> Answer:
        """A pair of tokens or the reasons why not, or a person."""
        if answer.get("success", True):
            refresh, access = (
                (answer.get(name) or {}).get("token") for name in ("refreshToken", "token")
            )
            return Answer(GOOD, refresh, access, answer.get("email"))
        said = json.dumps(answer.get("errors"))
        return Answer(said, is_fault=is_fault(said))


TOKENS = "{ success errors token { token } refreshToken { token } }"
RIVALS = {rival.peer.name: rival for rival in (DjangoGraphqlJwt, StrawberryDjangoAuth)}


def _ask(document: str, headers: Mapping[str, str] | None = None, **variables: object) -> Request:
    return Request(json.dumps({"query": document, "variables": variables}), headers or {})

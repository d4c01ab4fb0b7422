"""Authberry: three `authberry serve` in production mode on one database."""

import asyncio
import json
import sqlite3
from collections.abc import Mapping, Sequence
from http.cookies import SimpleCookie
from importlib.metadata import version
from typing import Any, Literal
from uuid import UUID

import asyncpg
from command_line import run
from documents import LOGIN, ME, REFRESH_TOKEN, REGISTER
from people import PASSWORD
from processes import Server

from authberry.tokens.refresh_tokens import RefreshTokenCodec
from bench.ours import LIMITS
from tests.storm.contestant import GOOD, Answer, Contestant, RollingRestart, Row, Step, Workspace
from tests.storm.http_client import Request, Response
from tests.storm.plan import Plan

OLD = "dGhlIHNlY3JldCB0aGF0IHRoZSBzdG9ybSBiZWdpbnMgd2l0aCwgZm9yIHRlc3Rz"
NEW = "YW5kIHRoZSBvbmUgdGhhdCBpdCBlbmRzIHdpdGgsIGZvciB0ZXN0cyBvbmx5IHRvbw"
PUBLIC_URL = "https://auth.example.com"
COOKIE = "__Host-refresh_token"
MANY = "1000000/minute"  # production refuses `off`
FAULTS = {"INTERNAL_SERVER_ERROR", "SERVICE_UNAVAILABLE"}
ROWS = "SELECT id, generation, token_hash, revoked_reason FROM authberry_refresh_token"


class Ours(Contestant):
    """Clients with a cookie jar and clients without, half and half."""

    name = "authberry"
    remark = "authberry serve, in production mode; half of the clients hold a cookie"
    jars: Sequence[Literal["cookie", "body"]] = ("cookie", "body")
    finds_thieves = True

    def __init__(self, workspace: Workspace, plan: Plan, window: float | None = None) -> None:
        """Make the tables, and choose ports; another `window` than planned is a mistake to find."""
        super().__init__(workspace, plan)
        settings: dict[str, object] = {
            "env": "production",
            "public_url": PUBLIC_URL,
            "secret": OLD,
            "database_url": workspace.database_url,
            "refresh_window": plan.window if window is None else window,
            "log_level": "warning",
            **dict.fromkeys(LIMITS, MANY),
        }
        self.servers: list[Server] = [
            Server(workspace.folder, settings) for _ in range(plan.processes)
        ]
        self._codec = RefreshTokenCodec([NEW, OLD])
        self._command("migrate")

    def register(self, number: int) -> Request:
        """Make a person, who is then logged in: a session that nobody uses any more."""
        return _ask(REGISTER, email=self.email(number), password=PASSWORD, transport="BODY")

    def login(self, number: int, jar: str) -> Request:
        """Begin a session."""
        transport = jar.upper()
        return _ask(LOGIN, email=self.email(number), password=PASSWORD, transport=transport)

    def email(self, number: int) -> str:
        """The address of a person."""
        return f"person{number}@example.com"

    def refresh(self, token: str, jar: str) -> Request:
        """Exchange a refresh token."""
        if jar == "cookie":
            return _ask(REFRESH_TOKEN, {"Cookie": f"{COOKIE}={token}"})
        return _ask(REFRESH_TOKEN, refreshToken=token)

    def me(self, access: str) -> Request:
        """Ask who is logged in."""
        return _ask(ME, {"Authorization": f"Bearer {access}"})

    def read(self, response: Response) -> Answer:
        """Understand a response."""
        if response.status != 200:
            return Answer(f"status {response.status}", is_fault=response.status >= 500)
        body = json.loads(response.body)
        if errors := body.get("errors"):
            extensions = errors[0]["extensions"]
            said = extensions.get("reason", extensions["code"])
            return Answer(said, is_fault=said in FAULTS)
        (answer,) = body["data"].values()
        if code := answer.get("code"):
            return Answer(code, is_fault=code in FAULTS)
        token = answer.get("refreshToken") or _cookie(response)
        return Answer(GOOD, token, answer.get("accessToken"), answer.get("email"))

    def versions(self) -> Mapping[str, str]:
        """What it is made of."""
        return {name: version(name) for name in ("authberry", "strawberry-graphql", "uvicorn")}

    def steps(self) -> Sequence[Step]:
        """A new secret as `docs/refresh-tokens.md` has it, and two signing keys."""
        return (
            Step(0.1, "the new secret behind the old one", self._secret_behind),
            Step(0.3, "a signing key, at once", self._key_at_once),
            Step(0.5, "the new secret in front", self._secret_in_front),
            Step(0.7, "a signing key", self._key),
        )

    async def rows(self) -> Mapping[str, Row]:
        """Read every session, past our own code."""
        scheme, _, path = self.workspace.database_url.partition("://")
        if scheme == "sqlite":
            found = await asyncio.to_thread(_read_sqlite, path)
        else:
            found = await _read_postgres(self.workspace.database_url)
        return {str(UUID(str(row[0]))): Row(*row[1:]) for row in found}

    def row_of(self, token: str) -> tuple[str, Row]:
        """The session that a token belongs to, and the row of which it is the current token."""
        opened = self._codec.open(token)
        return str(opened.session_id), Row(opened.generation, opened.hash, None)

    def identity(self, token: str) -> object:
        """What a token is: processes with another secret in front spell the same one otherwise."""
        return self.row_of(token)

    async def _secret_behind(self, restart: RollingRestart) -> None:
        await restart.roll(secret=f"{OLD},{NEW}")

    async def _secret_in_front(self, restart: RollingRestart) -> None:
        await restart.roll(secret=f"{NEW},{OLD}")

    async def _key(self, _: RollingRestart) -> None:
        await asyncio.to_thread(self._command, "keys", "rotate")

    async def _key_at_once(self, _: RollingRestart) -> None:
        await asyncio.to_thread(self._command, "keys", "rotate", "--immediately")

    def _command(self, *words: str) -> None:
        done = run(self.workspace.folder, self.servers[0].environment, *words)
        assert done.code == 0, done.err


def _ask(document: str, headers: Mapping[str, str] | None = None, **variables: object) -> Request:
    body = json.dumps({"query": document, "variables": variables})
    return Request(body, {"Origin": PUBLIC_URL, **(headers or {})})


def _cookie(response: Response) -> str | None:
    """The token in a cookie that is set; None where none is, and the jar stays as it is."""
    for header in response.all("set-cookie"):
        morsel = SimpleCookie(header).get(COOKIE)
        if morsel and morsel.value:
            return morsel.value
    return None


def _read_sqlite(path: str) -> list[Any]:
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as connection:
        rows = connection.execute(ROWS).fetchall()
    connection.close()
    return rows


async def _read_postgres(url: str) -> list[Any]:
    connection = await asyncpg.connect(url)
    try:
        return [tuple(row) for row in await connection.fetch(ROWS)]
    finally:
        await connection.close()

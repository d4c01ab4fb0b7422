"""Memory: whatever strangers send, and however much of it, a server does not grow."""

import asyncio
import json
from pathlib import Path
from typing import Self

import pytest
from people import PASSWORD
from processes import Serve, Server

pytestmark = pytest.mark.one_process("it is the memory of one")

REQUESTS = 20_000
WARM_UP = 3_000
CONNECTIONS = 8

ME = "{ me { id email } }"
REGISTER = """
mutation ($email: String!, $password: String!) {
  register(email: $email, password: $password, transport: BODY) {
    ... on AuthPayload { accessToken refreshToken } ... on Error { code } } }
"""
LOGIN = """
mutation ($email: String!, $password: String!) {
  login(email: $email, password: $password) { ... on Error { code } } }
"""
REFRESH = """
mutation ($refresh: String) { refreshToken(refreshToken: $refresh) {
  ... on AuthPayload { accessToken refreshToken } ... on Error { code } } }
"""


class Wire:
    """A connection that is kept, and little around it: thousands of requests are to go over it."""

    def __init__(self, port: int) -> None:
        """Connect when the block begins."""
        self._port = port

    async def __aenter__(self) -> Self:
        """Connect."""
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)
        return self

    async def __aexit__(self, *_: object) -> None:
        """Hang up."""
        self._writer.close()
        await self._writer.wait_closed()

    async def ask(self, document: str, *, token: str = "none", **variables: object) -> str:
        """POST a document; returns the body of the answer."""
        body = json.dumps({"query": document, "variables": variables})
        self._writer.write(
            "POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            f"Authorization: Bearer {token}\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()
        )
        head = (await self._reader.readuntil(b"\r\n\r\n")).lower()
        length = int(head.partition(b"content-length:")[2].partition(b"\r\n")[0])
        return (await self._reader.readexactly(length)).decode()


async def ask_many(server: Server, numbers: range) -> None:
    """Send requests, several at a time, each like no other, and look at every answer."""
    await asyncio.gather(*(share(server, numbers[at::CONNECTIONS]) for at in range(CONNECTIONS)))


async def share(server: Server, numbers: range) -> None:
    """Register, and send each of these numbers as one kind of request or another."""
    async with Wire(server.port) as wire:
        email = f"{numbers[0]}@example.com"
        pair = json.loads(await wire.ask(REGISTER, email=email, password=PASSWORD))
        tokens = pair["data"]["register"]
        for number in numbers:
            if number % 100 == 0:
                guess = await wire.ask(LOGIN, email=f"nobody{email}", password=f"{number}")
                assert "INVALID_CREDENTIALS" in guess
            elif number % 10 < 2:
                pair = json.loads(await wire.ask(REFRESH, refresh=tokens["refreshToken"]))
                tokens = pair["data"]["refreshToken"]
            elif number % 10 < 4:
                garbage = f"{number:08}{tokens['refreshToken'][8:]}"
                assert "REFRESH_TOKEN_INVALID" in await wire.ask(REFRESH, refresh=garbage)
            elif number % 10 < 6:
                assert "GRAPHQL_VALIDATION_FAILED" in await wire.ask(f"{{ field_{number} }}")
            elif number % 10 < 7:
                assert "GRAPHQL_PARSE_FAILED" in await wire.ask(f"{{ field_{number} {{")
            else:
                forged = f"{tokens['accessToken'][:-8]}{number:08}"
                assert "TOKEN_INVALID" in await wire.ask(ME, token=forged)


def resident(server: Server) -> int:
    """How many KiB of memory its process has."""
    assert server._process
    lines = Path(f"/proc/{server._process.pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Rss:"))


async def test_memory_stays_flat(serve: Serve) -> None:
    """Forged tokens, documents that are none, guesses, rotations: none of it is kept."""
    unlimited = (
        *("register_attempts", "refresh_attempts", "login_attempts"),
        *("login_attempts_per_account", "login_attempts_per_address"),
    )
    settings = dict.fromkeys(unlimited, "off")
    server = serve(refresh_window=0, log_level="error", **settings).until_ready()
    await ask_many(server, range(WARM_UP))
    before = resident(server)
    await ask_many(server, range(WARM_UP, WARM_UP + REQUESTS))
    assert resident(server) < before * 1.03
    # What it takes at all: the memory of hashes has been given back.
    assert before < 95 * 1024

"""Memory: whatever strangers send, and however much of it, a server does not grow.

`nox -s surface` sends five times as many requests, of more kinds.
"""

import asyncio
import json

import pytest
from people import PASSWORD
from persistent_connection import PersistentConnection, resident_memory
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


async def ask_many(server: Server, numbers: range) -> None:
    """Send requests, several at a time, each like no other, and look at every answer."""
    await asyncio.gather(*(share(server, numbers[at::CONNECTIONS]) for at in range(CONNECTIONS)))


async def share(server: Server, numbers: range) -> None:
    """Register, and send each of these numbers as one kind of request or another."""
    async with PersistentConnection(server.port) as connection:
        email = f"{numbers[0]}@example.com"
        pair = json.loads(await connection.ask(REGISTER, email=email, password=PASSWORD))
        tokens = pair["data"]["register"]
        for number in numbers:
            if number % 100 == 0:
                guess = await connection.ask(LOGIN, email=f"nobody{email}", password=f"{number}")
                assert "INVALID_CREDENTIALS" in guess
            elif number % 10 < 2:
                pair = json.loads(await connection.ask(REFRESH, refresh=tokens["refreshToken"]))
                tokens = pair["data"]["refreshToken"]
            elif number % 10 < 4:
                garbage = f"{number:08}{tokens['refreshToken'][8:]}"
                assert "REFRESH_TOKEN_INVALID" in await connection.ask(REFRESH, refresh=garbage)
            elif number % 10 < 6:
                assert "GRAPHQL_VALIDATION_FAILED" in await connection.ask(f"{{ field_{number} }}")
            elif number % 10 < 7:
                assert "GRAPHQL_PARSE_FAILED" in await connection.ask(f"{{ field_{number} {{")
            else:
                forged = f"{tokens['accessToken'][:-8]}{number:08}"
                assert "TOKEN_INVALID" in await connection.ask(ME, token=forged)


async def test_memory_stays_flat(serve: Serve) -> None:
    """Forged tokens, documents that are none, guesses, rotations: none of it is kept."""
    unlimited = (
        *("register_attempts", "refresh_attempts", "login_attempts"),
        *("login_attempts_per_account", "login_attempts_per_address"),
    )
    settings = dict.fromkeys(unlimited, "off")
    server = serve(refresh_window=0, log_level="error", **settings).until_ready()
    await ask_many(server, range(WARM_UP))
    before = resident_memory(server)
    await ask_many(server, range(WARM_UP, WARM_UP + REQUESTS))
    assert resident_memory(server) < before * 1.03
    # The memory of hashes has been given back: it would be 19 MiB for each thread.
    assert before < 120 * 1024

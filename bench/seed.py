"""Fill a database through the rules: `python -m bench.seed PEOPLE SESSIONS_EACH TRANSPORT FILE`.

The first sessions in FILE are of people who ask; those who log in are others, since more than fifty
sessions of a person end the oldest.
"""

import asyncio
import json
import sys
from collections.abc import Awaitable, Sequence
from pathlib import Path
from typing import TypeVar

from authberry import Auth, Client, Issued, RefreshTokenTransport, Settings
from bench.contestants import PASSWORD, PEOPLE

CLIENT = Client("127.0.0.1", "authberry benchmark")
AT_ONCE = 16

T = TypeVar("T")


async def seed(people: int, each: int, transport: RefreshTokenTransport) -> list[dict[str, str]]:
    """Make people who log in, and people who are logged in.

    Args:
        people: How many are logged in.
        each: How many sessions each of them has.
        transport: How they hold them.

    Returns:
        What the client of each session holds, first one of everybody.
    """
    async with Auth(Settings.load()) as auth:
        for n in range(PEOPLE):
            await auth.accounts.create(_login(n), PASSWORD)
        users = await _together(
            [auth.accounts.create(f"bench{n}@example.com", None) for n in range(people)]
        )
        issued = await _together(
            [auth.sessions.begin(user, CLIENT, transport) for _ in range(each) for user in users]
        )
    return [_held(one, n) for n, one in enumerate(issued)]


def _login(number: int) -> str:
    return f"login{number % PEOPLE}@example.com"


def _held(issued: Issued, number: int) -> dict[str, str]:
    return {
        "id": str(issued.user.id),
        "email": issued.user.email,
        "session": str(issued.session.id),
        "access": issued.access_token.value,
        "refresh": issued.refresh_token,
        "login": _login(number),
    }


async def _together(work: Sequence[Awaitable[T]]) -> list[T]:
    """Do some of it at a time."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(part: Awaitable[T]) -> T:
        async with gate:
            return await part

    return await asyncio.gather(*map(one, work))


if __name__ == "__main__":
    _, people, each, transport, file = sys.argv
    held = asyncio.run(seed(int(people), int(each), RefreshTokenTransport(transport)))
    Path(file).write_text(json.dumps(held), "utf-8")

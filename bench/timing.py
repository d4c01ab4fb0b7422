"""Whether an answer's time tells who has an account: `python -m bench.timing [DATABASE_URL]`.

Each request that takes an address is timed for addresses that have an account and for addresses
that have none, 200 of each, in random order, over HTTP against a server of its own. A rest before
each lets the mail of the one before it go. Mann and Whitney's test then says how often chance alone
would tell the two so far apart, and how often a guess by the longer time would be right.
"""

import asyncio
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from math import erfc, sqrt
from uuid import uuid4

import httpx

from authberry import Auth, Settings
from authberry.models import User
from bench.contestants import PASSWORD
from bench.local_servers import free_port
from bench.ours import LIMITS
from bench.processes import clean_environment

SAMPLES = 200
REST = 0.03  # seconds
START_TIMEOUT = 120  # seconds
SECRET = "Zm9yIGEgbWVhc3VyZW1lbnQgb25seSwgYW5kIG5vdCBmb3IgeW91"

REQUESTS = {
    "requestPasswordReset": "($email: String!) { requestPasswordReset(email: $email) { ok } }",
    "requestEmailVerification": "($email: String!) { requestEmailVerification(email: $email)"
    " { ok } }",
    "requestLoginLink": "($email: String!) { requestLoginLink(email: $email) { ok } }",
    "register, required": "($email: String!) { register(email: $email,"
    f' password: "{PASSWORD}") {{ __typename }} }}',
    "login, wrong password": '($email: String!) { login(email: $email, password: "wrong one")'
    " { __typename } }",
}
EXPECTED = ('{"ok":true}', '"EmailSent"', '"InvalidCredentials"')

HEAD = f"{'median (quartiles), ms':<26} {'known':<29} {'unknown':<29}  longer if known, by chance"

Address = Callable[[int], str]


@dataclass(frozen=True, slots=True)
class Pair:
    """How long the two kinds of addresses took, in seconds."""

    name: str
    known: Sequence[float]
    unknown: Sequence[float]

    @property
    def line(self) -> str:
        """In words: medians, quartiles, and what the test says."""
        chance, longer = compare(self.known, self.unknown)
        return (
            f"{self.name:<26} {_spread(self.known)}   {_spread(self.unknown)}"
            f"   {longer:8.3f}  {chance:8.3f}"
        )


def compare(one: Sequence[float], other: Sequence[float]) -> tuple[float, float]:
    """Mann and Whitney's test of two samples, by its normal approximation.

    Returns:
        How often chance alone makes such a difference, or a greater one; and how often one of the
        first takes longer than one of the second, which is a half where there is none.
    """
    longer = sum((a > b) + (a == b) / 2 for a in one for b in other)
    pairs = len(one) * len(other)
    deviation = sqrt(pairs * (len(one) + len(other) + 1) / 12)
    return erfc(abs(longer - pairs / 2) / deviation / sqrt(2)), longer / pairs


def _spread(seconds: Sequence[float]) -> str:
    low, middle, high = (1000 * value for value in statistics.quantiles(seconds, n=4))
    return f"{middle:7.3f} ({low:7.3f} to {high:7.3f})"


async def make_people(settings: Settings) -> None:
    """Make the accounts that are known, each with a password that is hashed once."""
    async with Auth(settings) as auth:
        first = await auth.accounts.create(known(0), PASSWORD)
        with auth.database.use():
            await User.bulk_create(
                User(
                    id=uuid4(),
                    email=known(number),
                    password_hash=first.password_hash,
                    created_at=first.created_at,
                )
                for number in range(1, SAMPLES)
            )


def known(number: int) -> str:
    """An address that has an account."""
    return f"person{number:03}@example.com"


@contextmanager
def served(environment: dict[str, str]) -> Iterator[str]:
    """A server; yields where it is."""
    url = f"http://127.0.0.1:{(port := free_port())}"
    words = [sys.executable, "-m", "authberry.server", "serve", "--port", str(port)]
    process = subprocess.Popen(  # noqa: S603 - ours
        words, env={**clean_environment(), **environment},
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    deadline = time.monotonic() + START_TIMEOUT
    try:
        while time.monotonic() < deadline:
            try:
                httpx.get(f"{url}/health")
                break
            except httpx.TransportError:
                time.sleep(0.05)
        yield url
    finally:
        process.terminate()
        process.wait()


async def measure(client: httpx.AsyncClient, name: str) -> Pair:
    """Time one request for both kinds of addresses, each address once."""
    word = name.partition(",")[0]
    kinds: list[Address] = [known, lambda number: f"{word.lower()}{number:03}@example.org"]
    turns = [(kind, number) for kind in (0, 1) for number in range(SAMPLES)]
    random.SystemRandom().shuffle(turns)
    times: tuple[list[float], list[float]] = ([], [])
    for kind, number in turns:
        await asyncio.sleep(REST)
        body = {
            "query": f"mutation {REQUESTS[name]}",
            "variables": {"email": kinds[kind](number)},
        }
        began = time.perf_counter()
        response = await client.post("/graphql", json=body)
        times[kind].append(time.perf_counter() - began)
        if not any(expected in response.text for expected in EXPECTED):
            raise SystemExit(f"{name}: {response.text[:200]}")
    return Pair(name, *times)


async def main(database_url: str) -> None:
    """Measure every pair, and print a line each."""
    environment = {
        "AUTHBERRY_DATABASE_URL": database_url,
        "AUTHBERRY_SECRET": SECRET,
        "AUTHBERRY_EMAIL_VERIFICATION": "required",
        "AUTHBERRY_LOG_LEVEL": "error",
        **{f"AUTHBERRY_{name.upper()}": "off" for name in (*LIMITS, *MAIL_LIMITS)},
    }
    os.environ.update(environment)
    await make_people(Settings.load())
    print(HEAD)  # noqa: T201 - for whoever started it
    with served(environment) as url:
        async with httpx.AsyncClient(base_url=url, timeout=30) as client:
            for name in REQUESTS:
                print((await measure(client, name)).line, flush=True)  # noqa: T201 - likewise


MAIL_LIMITS = ("mail_attempts_per_account", "mail_attempts_per_address", "mail_attempts_in_all")

if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(main(sys.argv[1] if sys.argv[1:] else f"sqlite://{folder}/timing.db"))

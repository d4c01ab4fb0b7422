"""Waiting for the keys that a verifier fetches."""

import asyncio
from collections.abc import Callable

import pytest

from authberry import AccessTokenVerifier

ShortenTimeout = Callable[[], None]


@pytest.fixture
def shorten_timeout(monkeypatch: pytest.MonkeyPatch) -> ShortenTimeout:
    """From when it is called on, wait for less than five seconds."""
    return lambda: monkeypatch.setattr("authberry.tokens.remote_keys.FETCH_TIMEOUT", 0.3)


async def until(true: Callable[[], bool]) -> None:
    """Wait until what goes on in the background has come so far."""
    async with asyncio.timeout(5):
        while not true():  # noqa: ASYNC110 - there is nothing to wait on
            await asyncio.sleep(0.01)


async def settled(verifier: AccessTokenVerifier) -> None:
    """Wait until nothing is fetched any more."""
    assert verifier._remote
    if verifier._remote._fetching:
        await verifier._remote._fetching

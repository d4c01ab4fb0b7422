"""Waiting for the keys that a verifier fetches."""

from clocks_moved import LoopClock
from key_server import KeyServer

from authberry import AccessTokenVerifier
from authberry.tokens.remote_keys import FETCH_TIMEOUT


async def let_time_out(loop_clock: LoopClock, key_server: KeyServer, asked: int) -> None:
    """Let a question arrive, and all the time go by that its answer may take."""
    await loop_clock.until(lambda: key_server.asked == asked)
    for _ in range(FETCH_TIMEOUT * 10 + 1):
        await loop_clock.advance(0.1)


async def until_fetched(verifier: AccessTokenVerifier) -> None:
    """Wait until nothing is fetched any more."""
    assert verifier._remote
    if verifier._remote._fetching:
        await verifier._remote._fetching

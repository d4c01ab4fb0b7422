"""Rotating a session's tokens, and looking at what its row should hold."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

from frozen_clock import FrozenClock
from people import refresh

from authberry import Auth, Issued
from authberry.tokens.refresh_tokens import RefreshTokenCodec

MakeAuth = Callable[..., Awaitable[Auth]]
MICROSECOND = timedelta(microseconds=1)


def hash_of(auth: Auth, token: str) -> str:
    """What the row should hold while `token` is its session's current one."""
    return RefreshTokenCodec(auth.settings.secrets).open(token).hash


async def rotated(auth: Auth, issued: Issued, clock: FrozenClock, times: int) -> list[str]:
    """The tokens of a session, oldest first, after rotating a minute apart."""
    tokens = [issued.refresh_token]
    for _ in range(times):
        clock.tick(60)
        tokens.append((await refresh(auth, tokens[-1])).refresh_token)
    return tokens

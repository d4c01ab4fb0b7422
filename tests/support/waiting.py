"""Wait for what happens, however slow the machine is; a limit is there for what never does."""

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable

TIMEOUT = 60  # seconds


async def until(is_so: Callable[[], bool | Awaitable[bool]]) -> None:
    """Look again and again, until it is so.

    Raises:
        AssertionError: it has not come to that in `TIMEOUT`.
    """
    deadline = time.monotonic() + TIMEOUT
    while True:
        answer = is_so()
        if await answer if inspect.isawaitable(answer) else answer:
            return
        assert time.monotonic() < deadline, "it never came to that"
        await asyncio.sleep(0.01)

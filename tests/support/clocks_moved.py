"""Clocks that stand still until a test moves them: nothing is over because the machine was slow."""

import asyncio
import time
from collections.abc import Callable

import pytest
from waiting import TIMEOUT

TURNS = 20  # of the event loop, in which what a test has just caused happens


class WallClock:
    """The time of day of this process."""

    def __init__(self) -> None:
        """Begin now."""
        self.now = time.time()

    def __call__(self) -> float:
        """Read it."""
        return self.now


class LoopClock:
    """The clock that the event loop's timers go by; it runs until it is stopped."""

    def __init__(self, running: Callable[[], float]) -> None:
        """Go on as before."""
        self._running = running
        self._now: float | None = None

    def __call__(self) -> float:
        """Read it."""
        return self._running() if self._now is None else self._now

    def stop(self) -> None:
        """Stand still from now on."""
        self._now = self._running()

    async def advance(self, seconds: float) -> None:
        """Let time pass, and what is due happen."""
        assert self._now is not None
        self._now += seconds
        for _ in range(TURNS):
            await asyncio.sleep(0)

    async def until(self, is_so: Callable[[], bool], step: float = 0) -> None:
        """Let the loop turn until it is so: without any time passing, or so much at each look.

        Raises:
            AssertionError: it has not come to that in `TIMEOUT` of a real clock.
        """
        deadline = time.monotonic() + TIMEOUT
        while not is_so():
            assert time.monotonic() < deadline, "it never came to that"
            await self.advance(step)


@pytest.fixture
def wall(monkeypatch: pytest.MonkeyPatch) -> WallClock:
    """Move the windows in which attempts are counted; Valkey is told the time that we read."""
    wall = WallClock()
    monkeypatch.setattr(time, "time", wall)
    return wall


@pytest.fixture
async def loop_clock(monkeypatch: pytest.MonkeyPatch) -> LoopClock:
    """Move the timers of the event loop, once it has been stopped."""
    loop = asyncio.get_running_loop()
    clock = LoopClock(loop.time)
    monkeypatch.setattr(loop, "time", clock)
    return clock

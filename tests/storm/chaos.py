"""What is done to the servers: one is killed every few seconds; keys are rotated by restarts."""

import asyncio
from contextlib import AsyncExitStack

from tests.storm.clients import KILL, StormState
from tests.storm.contestant import Process

POLL_INTERVAL = 0.05  # seconds, between two looks at the time


class Chaos:
    """Kills servers, and rotates keys meanwhile; a server is never in both at once."""

    def __init__(self, state: StormState) -> None:
        """Begin with `kill` and `operate`."""
        self._state = state
        self._servers = state.contestant.servers
        self._taken = {server.port: asyncio.Lock() for server in self._servers}
        # The last one that serves is left alone: without any, nobody could try again in time.
        self._may_be_down = asyncio.Semaphore(len(self._servers) - 1)

    async def kill(self) -> None:
        """Kill a server every few seconds, whichever it hits, and start it again at once.

        A kill that comes due while the last one is still starting, on a busy machine, is left out.
        """
        every = self._state.plan.kill_every
        due = every
        while await self._until(due):
            async with self._may_be_down:
                await self._kill_one()
            due = every * (self._state.tally.now // every + 1)

    async def operate(self) -> None:
        """Go through the steps, each when its time has come and the one before it is done."""
        for step in self._state.contestant.steps():
            await self._until(step.after * self._state.plan.seconds)
            self._state.tally.happened(step.name)
            await step.do(self)
            self._state.tally.happened(f"{step.name}: done")

    async def roll(self, **settings: object) -> None:
        """Restart one after the other, with other settings."""
        for server in self._servers:
            async with self._may_be_down, self._taken[server.port]:
                configure(server, **settings)
                assert await asyncio.to_thread(server.stop) == 0, "it did not end as it should"
                await asyncio.to_thread(server.start)

    async def until_all_serve(self) -> None:
        """Wait for those that are being restarted."""
        async with AsyncExitStack() as stack:
            for lock in self._taken.values():
                await stack.enter_async_context(lock)

    async def _kill_one(self) -> None:
        free = [one for one in self._servers if not self._taken[one.port].locked()]
        victim = self._state.chance.choice(free)
        async with self._taken[victim.port]:
            await asyncio.to_thread(victim.kill)
            self._state.tally.happened(KILL)
            await asyncio.to_thread(victim.start)

    async def _until(self, at: float) -> bool:
        """Wait for a second of the storm; returns whether the storm goes on."""
        while self._state.tally.now < at and not self._state.is_over:  # noqa: ASYNC110 - it may end before
            await asyncio.sleep(POLL_INTERVAL)
        return not self._state.is_over


def configure(server: Process, **settings: object) -> None:
    """Change what a server starts with, where it can be changed."""
    change = getattr(server, "configure", None)
    assert change, "these servers have no settings"
    change(**settings)

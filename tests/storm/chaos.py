"""What is done to the servers: one is killed every few seconds, and all are restarted with care."""

import asyncio
from contextlib import AsyncExitStack

from tests.storm.clients import KILL, Sky
from tests.storm.contestant import Process

GLANCE = 0.05  # seconds, between two looks at the time


class Chaos:
    """A killer, and an operator who rotates keys meanwhile; neither touches what the other has."""

    def __init__(self, sky: Sky) -> None:
        """Begin with `kill` and `operate`."""
        self._sky = sky
        self._servers = sky.contestant.servers
        self._taken = {server.port: asyncio.Lock() for server in self._servers}
        # The last one that serves is left alone: without any, nobody could try again in time.
        self._may_be_down = asyncio.Semaphore(len(self._servers) - 1)

    async def kill(self) -> None:
        """Kill a server every few seconds, whichever it hits, and start it again at once.

        A kill that comes due while the last one is still starting, on a busy machine, is left out.
        """
        every = self._sky.plan.kill_every
        due = every
        while await self._until(due):
            async with self._may_be_down:
                await self._kill_one()
            due = every * (self._sky.tally.now // every + 1)

    async def operate(self) -> None:
        """Go through the steps, each when its time has come and the one before it is done."""
        for step in self._sky.contestant.steps():
            await self._until(step.after * self._sky.plan.seconds)
            self._sky.tally.happened(step.name)
            await step.do(self)
            self._sky.tally.happened(f"{step.name}: done")

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
        victim = self._sky.chance.choice(free)
        async with self._taken[victim.port]:
            await asyncio.to_thread(victim.kill)
            self._sky.tally.happened(KILL)
            await asyncio.to_thread(victim.start)

    async def _until(self, at: float) -> bool:
        """Wait for a second of the storm; returns whether it still storms."""
        while self._sky.tally.now < at and not self._sky.is_over:  # noqa: ASYNC110 - it may end before
            await asyncio.sleep(GLANCE)
        return not self._sky.is_over


def configure(server: Process, **settings: object) -> None:
    """Change what a server starts with, where it can be changed."""
    change = getattr(server, "configure", None)
    assert change, "these servers have no settings"
    change(**settings)

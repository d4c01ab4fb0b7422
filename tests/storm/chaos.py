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
        """Kill a server every few seconds, whichever it hits, and start it again at once."""
        async with asyncio.TaskGroup() as starting:
            due = self._sky.plan.kill_every
            while await self._until(due):
                due += self._sky.plan.kill_every
                await self._may_be_down.acquire()
                free = [one for one in self._servers if not self._taken[one.port].locked()]
                victim = self._sky.chance.choice(free)
                await self._taken[victim.port].acquire()
                await asyncio.to_thread(victim.kill)
                self._sky.tally.happened(KILL)
                starting.create_task(self._revive(victim))

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

    async def _revive(self, server: Process) -> None:
        try:
            await asyncio.to_thread(server.start)
        finally:
            self._taken[server.port].release()
            self._may_be_down.release()

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

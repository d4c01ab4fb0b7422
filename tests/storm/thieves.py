"""Planted thieves: they copy a token, and use the copy after the window.

The late one comes when the token was rotated away long ago. The quick one takes the current token
while its owner sleeps, and goes on with what it gets: then it is the owner who comes late.
"""

import asyncio
import time
from dataclasses import dataclass

from tests.storm.clients import Client
from tests.storm.contestant import GOOD, Answer

BEHIND = 1.0  # seconds past the window
WAIT = 0.1  # seconds, until a thief looks again


@dataclass(slots=True)
class Theft:
    """What became of one."""

    kind: str
    client: Client
    copy: str = ""
    outcome: str = ""
    """The answer to the copy, used after the window by whoever came late."""
    loot: str = ""
    """What the thief holds: the token to go on with."""
    access: str = ""

    async def happen(self, after: float) -> None:
        """Steal, once so many seconds are gone."""
        await asyncio.sleep(after)
        if self.client.is_in:
            self.client.is_stolen_from = True
            await (self._late() if self.kind == "late" else self._quick())
            # Who was logged out meanwhile for another reason is not stolen from.
            self.client.is_stolen_from = bool(self.outcome)

    async def _late(self) -> None:
        async with self.client.awake:
            self.copy = self.client.held
        while self.copy not in self.client.left:
            if not self.client.is_in:
                return
            await asyncio.sleep(WAIT)
        await self._until_past_the_window()
        self._take(answer := await self.client.refresh(self.copy))
        self.outcome = answer.outcome

    async def _quick(self) -> None:
        async with self.client.awake:
            self.copy = self.loot = self.client.held
            while self.copy not in self.client.left:
                if not self.client.is_in:
                    return
                self._take(await self.client.refresh(self.copy))
                await asyncio.sleep(WAIT)
            await self._until_past_the_window()
        while self.client.is_in and self.client.held == self.copy:  # noqa: ASYNC110 - as a thief does
            await asyncio.sleep(WAIT)
        self.outcome = self.client.refusal or GOOD

    async def _until_past_the_window(self) -> None:
        past = self.client.left[self.copy] + self.client.sky.plan.window + BEHIND
        await asyncio.sleep(past - time.monotonic())

    def _take(self, answer: Answer) -> None:
        self.loot = answer.refresh or self.loot
        self.access = answer.access or self.access

"""Planted thieves: they copy a token, and use the copy after the window.

The late one comes when the token was rotated away long ago. The quick one takes the current token
while its owner sleeps, and goes on with what it gets: then it is the owner who comes late.
"""

import asyncio
import time
from dataclasses import dataclass

from tests.storm.clients import Client
from tests.storm.contestant import GOOD, Answer

PAST_WINDOW = 1.0  # seconds past the window
POLL_INTERVAL = 0.1  # seconds, until a thief looks again


@dataclass(slots=True)
class Theft:
    """What became of one."""

    kind: str
    client: Client
    copy: str = ""
    outcome: str = ""
    """The answer to the copy, used after the window by whoever came late."""
    held: str = ""
    """The token that the thief has now."""
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
        async with self.client.lock:
            self.copy = self.client.held
        while self.copy not in self.client.left:
            if not self.client.is_in:
                return
            await asyncio.sleep(POLL_INTERVAL)
        await self._until_past_the_window()
        self._take(answer := await self.client.refresh(self.copy))
        self.outcome = answer.outcome

    async def _quick(self) -> None:
        async with self.client.lock:
            self.copy = self.held = self.client.held
            while self.copy not in self.client.left:
                if not self.client.is_in:
                    return
                self._take(await self.client.refresh(self.copy))
                await asyncio.sleep(POLL_INTERVAL)
            await self._until_past_the_window()
        while self.client.is_in and self.client.held == self.copy:  # noqa: ASYNC110 - as a thief does
            await asyncio.sleep(POLL_INTERVAL)
        self.outcome = self.client.refusal or GOOD

    async def _until_past_the_window(self) -> None:
        past = self.client.left[self.copy] + self.client.state.plan.window + PAST_WINDOW
        await asyncio.sleep(past - time.monotonic())

    def _take(self, answer: Answer) -> None:
        self.held = answer.refresh or self.held
        self.access = answer.access or self.access

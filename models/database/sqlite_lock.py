"""How long whoever writes to an SQLite file waits for it: from when it asked.

A process has one connection on which statements wait for other processes, and gives it one at a
time. Behind a statement that waits for the file the others would each wait in their turn, and the
third be told after three times as long. So the time in the line counts as well; and once a
statement has waited in vain, those that come next do not try for so long.
"""

import asyncio
from typing import Literal

from tortoise.backends.base.client import BaseDBAsyncClient

from authberry.models.tortoise_internals import run_pragma, use_lock

SHORT = 0.2  # seconds: of who has waited in the line, or comes while the file is locked
RECENT = 1.0  # seconds, for which the file is taken to be still locked
NOTICEABLE = 0.1  # seconds; a difference below is not worth a statement


class SqliteLock(asyncio.Lock):
    """The line for the one connection of a process to an SQLite file."""

    def __init__(self, connection: BaseDBAsyncClient, patience: float) -> None:
        """Stand before an open connection, on which statements wait for so many seconds."""
        super().__init__()
        self._connection = connection
        self._patience = self._set = patience
        self._short = min(SHORT, patience)
        self._locked_until = 0.0
        use_lock(connection, self)

    @property
    def is_file_locked(self) -> bool:
        """Whether a statement has just waited in vain."""
        return asyncio.get_running_loop().time() < self._locked_until

    def found_locked(self) -> None:
        """Remember that a statement has waited in vain."""
        self._locked_until = asyncio.get_running_loop().time() + RECENT

    async def acquire(self) -> Literal[True]:
        """Wait for one's turn, and let the statement wait for the file for what is left."""
        clock = asyncio.get_running_loop().time
        began = clock()
        await super().acquire()
        waited = clock() - began
        left = self._patience - (waited if waited > NOTICEABLE else 0)
        left = min(left, self._short) if self.is_file_locked else max(left, self._short)
        if abs(left - self._set) > NOTICEABLE:
            try:
                await self._limit(max(left, 0))
            except BaseException:
                self.release()
                raise
        return True

    async def _limit(self, seconds: float) -> None:
        self._set = seconds
        await run_pragma(self._connection, f"busy_timeout = {int(seconds * 1000)}")

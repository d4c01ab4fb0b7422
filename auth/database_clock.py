"""The time of the database, by which every process of a service goes.

A row says when its token was rotated, and whichever process is asked next compares. Were each to
go by its own machine, a clock that is behind would shorten the window and, beyond it, make a thief
of everybody who races. So each looks at the database's clock when it starts and every minute from
then on, and counts for itself in between: no statement waits for this, and none is longer for it.
"""

import asyncio
from contextvars import Context
from datetime import datetime, timedelta

from authberry.clock import Clock, SteadyClock, SystemClock
from authberry.models import Database, DatabaseUnavailable

LOOK_AGAIN = 60.0  # seconds
SLOW = timedelta(seconds=1)
"""A look that takes longer says little: the time it brings may be as old as that."""


class DatabaseClock:
    """The time of a PostgreSQL server, told without asking it each time."""

    def __init__(self, machine: Clock | None = None) -> None:
        """Go by the machine until `follow`.

        Args:
            machine: Counts between two looks; for tests. Unless given, it only ever goes forward.
        """
        self._machine = machine or SteadyClock(SystemClock())
        self._ahead = timedelta(0)
        self._following: asyncio.Task[None] | None = None

    def now(self) -> datetime:
        """Return the time, in UTC."""
        return self._machine.now() + self._ahead

    async def follow(self, database: Database) -> None:
        """Look at the clock of a database now, and again every minute until `stop`.

        Raises:
            DatabaseUnavailable: there is none to look at.
        """
        await self._look(database)
        # In a context of its own: later looks are not taken for whoever began this.
        following = self._look_again(database)
        self._following = asyncio.create_task(following, context=Context())

    async def stop(self) -> None:
        """Look no more, and go on with what was seen last."""
        if self._following is not None:
            self._following.cancel()
            await asyncio.wait([self._following])
            self._following = None

    async def _look_again(self, database: Database) -> None:
        while True:
            await asyncio.sleep(LOOK_AGAIN)
            try:
                await self._look(database, at_most=SLOW)
            except DatabaseUnavailable:
                continue  # its clock goes on, as far as anybody knows

    async def _look(self, database: Database, at_most: timedelta = timedelta.max) -> None:
        before = self._machine.now()
        theirs = await database.now()
        took = self._machine.now() - before
        if theirs is not None and took <= at_most:
            self._ahead = theirs - (before + took / 2)

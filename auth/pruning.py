"""Pruning: rows that nobody can need any more are deleted, so gently that no request waits.

The sessions are walked by key, a page at a time. A page is one DELETE that carries the condition,
so that a session which is refreshed meanwhile stays. Behind each page the walk rests nine times as
long as the page took: a database that is slow because it is busy is left alone for longer. To stop
anywhere does no harm, nor do two walks at once: the second finds nothing to delete.
"""

import asyncio
import logging
import secrets
import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from limits import RateLimitItemPerSecond
from tortoise.expressions import Q

from authberry.clock import Clock
from authberry.keys import KeyRing
from authberry.models import Database, DatabaseUnavailable, RefreshToken
from authberry.settings import Settings, SettingsError
from authberry.throttle import Budget, Throttle

logger = logging.getLogger("authberry.pruning")

KEPT = timedelta(days=1)
"""How long a session that is over can still be told what happened to it."""
PAGE = 250  # rows, which SQLite passes in a millisecond and PostgreSQL in two
SHARE = 0.1  # of its time that a walk may keep the database busy
RETRY = timedelta(minutes=5)
FIRST, LAST = UUID(int=0), UUID(int=2**128 - 1)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a walk has come."""

    sessions: int = 0
    deleted_sessions: int = 0
    deleted_keys: int = 0
    position: UUID = FIRST

    @property
    def share(self) -> float:
        """Of the table that lies behind the walk: ids are random, so the last one tells."""
        return self.position.int / LAST.int


class Pruning:
    """Deletes what is over: when asked to and, in a server, by itself."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        keys: KeyRing,
        throttle: Throttle,
        clock: Clock,
    ) -> None:
        """Compose the rules."""
        self._interval = settings.prune_interval.total_seconds()
        # Counted where attempts are: with a common store, one server of all gets a turn.
        self._turn = Budget(
            RateLimitItemPerSecond(1, max(1, int(self._interval))), ("prune", settings.public_url)
        )
        self._database = database
        self._keys = keys
        self._throttle = throttle
        self._clock = clock

    async def prune(self) -> Progress:
        """Delete sessions that have been dead for a day, and spent keys; returns how many."""
        async with aclosing(self.walk()) as walk:
            *_, whole = [progress async for progress in walk]
        return whole

    async def walk(self) -> AsyncGenerator[Progress, None]:
        """Do as `prune` does, and tell after each page how far it has come.

        Raises:
            DatabaseUnavailable: what was deleted until then stays deleted.
        """
        cutoff, progress = self._clock.now() - KEPT, Progress()
        while progress.position != LAST:
            began = time.monotonic()
            progress = await self._page(progress, cutoff)
            took = time.monotonic() - began
            yield progress
            await asyncio.sleep(took * (1 / SHARE - 1))
        yield replace(progress, deleted_keys=await self._keys.prune())

    @asynccontextmanager
    async def in_background(self) -> AsyncIterator[None]:
        """Prune now and then while the block lasts, unless the interval is 0."""
        if not self._interval:
            yield
            return
        task = asyncio.create_task(self._now_and_then())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.wait([task])

    async def _page(self, progress: Progress, cutoff: datetime) -> Progress:
        with self._database.use():
            page = RefreshToken.filter(id__gt=progress.position)
            last = await page.order_by("id").offset(PAGE - 1).limit(1).only("id")
            end, size = (last[0].id, PAGE) if last else (LAST, await page.count())
            deleted = await page.filter(
                Q(expires_at__lt=cutoff) | Q(revoked_at__lt=cutoff), id__lte=end
            ).delete()
        return replace(
            progress,
            sessions=progress.sessions + size,
            deleted_sessions=progress.deleted_sessions + deleted,
            position=end,
        )

    async def _now_and_then(self) -> None:
        """Take turns with the other servers, each of which wakes at a time of its own."""
        chance = secrets.SystemRandom()
        await asyncio.sleep(chance.uniform(0, self._interval))
        while True:
            pause = chance.uniform(1, 1.25) * self._interval
            if await self._throttle.take(self._turn):
                try:
                    await self._prune_and_say()
                except (DatabaseUnavailable, SettingsError) as error:
                    logger.warning("pruning put off", extra={"cause": str(error)})
                    await self._throttle.restore(self._turn)
                    pause = min(pause, RETRY.total_seconds())
            await asyncio.sleep(pause)

    async def _prune_and_say(self) -> None:
        progress = await self.prune()
        logger.info(
            "pruned",
            extra={"sessions": progress.deleted_sessions, "keys": progress.deleted_keys},
        )

"""Pruning: rows that nobody can need any more are deleted, so gently that no request waits.

Sessions and events are walked by key, a page at a time. A page is one DELETE that carries the
condition, so that a session which is refreshed meanwhile stays. Behind each page the walk rests
nine times as long as the page took: a database that is slow because it is busy is left alone for
longer. To stop anywhere does no harm, nor do two walks at once: the second finds nothing to delete.
"""

import asyncio
import secrets
import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

from limits import RateLimitItemPerSecond
from tortoise.expressions import Q
from tortoise.models import Model

from authberry.accounts import Deletion
from authberry.events import REFRESHES as REFRESH_EVENTS
from authberry.events import first_id
from authberry.links import OneTimeTokens
from authberry.models import DatabaseUnavailable, RefreshToken, SecurityEvent
from authberry.models.event_logger import event_logger
from authberry.resources import Resources
from authberry.settings import SettingsError
from authberry.signing import KeyRing
from authberry.throttle import Budget

logger = event_logger("authberry.pruning")

KEPT = timedelta(days=1)
"""How long a session that is over can still be told what happened to it."""
PAGE = 250  # rows, which SQLite passes in a millisecond and PostgreSQL in two
SHARE = 0.1  # of its time that a walk may keep the database busy
RETRY = timedelta(minutes=5)
REFRESHES = [event.value[0] for event in REFRESH_EVENTS]
FIRST, LAST = UUID(int=0), UUID(int=2**128 - 1)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far it has come."""

    sessions: int = 0
    deleted_sessions: int = 0
    deleted_keys: int = 0
    deleted_events: int = 0
    deleted_links: int = 0
    deleted_accounts: int = 0
    share: float = 0
    """Of the tables that are walked. The ids of sessions are random, so that the last one tells."""


@dataclass(frozen=True, slots=True)
class Page:
    """Some neighbouring rows of a table, of which those that are over are gone."""

    size: int
    deleted: int
    end: UUID


@dataclass(eq=False)
class Pruning:
    """Deletes what is over: when asked to and, in a server, by itself."""

    resources: Resources
    keys: KeyRing
    tokens: OneTimeTokens
    deletion: Deletion

    def __post_init__(self) -> None:
        """Count turns where attempts are: with a common store, one server of all gets one."""
        settings = self.resources.settings
        self._interval = settings.prune_interval.total_seconds()
        self._turn = Budget(
            RateLimitItemPerSecond(1, max(1, int(self._interval))), ("prune", settings.public_url)
        )

    async def prune(self) -> Progress:
        """Delete all that is over; returns how much."""
        async with aclosing(self.walk()) as walk:
            *_, whole = [progress async for progress in walk]
        return whole

    async def walk(self) -> AsyncGenerator[Progress, None]:
        """Do as `prune` does, and tell after each page how far it has come.

        Raises:
            DatabaseUnavailable: what was deleted until then stays deleted.
        """
        cutoff, progress = self.resources.clock.now() - KEPT, Progress()
        is_dead = Q(expires_at__lt=cutoff) | Q(revoked_at__lt=cutoff)
        async with aclosing(self._pages(RefreshToken, is_dead, LAST)) as pages:
            async for page in pages:
                progress = replace(
                    progress,
                    sessions=progress.sessions + page.size,
                    deleted_sessions=progress.deleted_sessions + page.deleted,
                    share=page.end.int / LAST.int / 2,
                )
                yield progress
        async with aclosing(self._old_events()) as pages:
            async for page in pages:
                progress = replace(progress, deleted_events=progress.deleted_events + page.deleted)
                yield progress
        yield replace(
            progress,
            deleted_accounts=await self.deletion.delete_due(),
            deleted_links=await self.tokens.prune(),
            deleted_keys=await self.keys.prune(),
            share=1,
        )

    def _old_events(self) -> AsyncGenerator[Page, None]:
        """Their ids are in the order of time, so that only old ones are walked."""
        settings, now = self.resources.settings, self.resources.clock.now()
        old = first_id(now - settings.event_ttl)
        newest = first_id(now - min(settings.event_ttl, settings.refresh_event_ttl))
        is_old = Q(id__lt=old) | Q(kind__in=REFRESHES)
        return self._pages(SecurityEvent, is_old, newest)

    async def _pages(
        self, table: type[Model], is_over: Q, last: UUID
    ) -> AsyncGenerator[Page, None]:
        """Delete rows up to `last` that are over, a page at a time, with rests between."""
        end = FIRST
        while end != last:
            began = time.monotonic()
            page = await self._page(table, is_over, end, last)
            took = time.monotonic() - began
            yield page
            end = page.end
            await asyncio.sleep(took * (1 / SHARE - 1))

    @asynccontextmanager
    async def in_background(self) -> AsyncIterator[None]:
        """Prune now and then while the block lasts, unless the interval is 0."""
        if not self._interval:
            yield
            return
        task = asyncio.create_task(self._periodically())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.wait([task])

    async def _page(self, table: type[Model], is_over: Q, behind: UUID, last: UUID) -> Page:
        with self.resources.database.use():
            page = table.filter(id__gt=behind, id__lte=last)
            found = await page.order_by("id").offset(PAGE - 1).limit(1).only("id")
            end, size = (found[0].pk, PAGE) if found else (last, await page.count())
            deleted = await page.filter(is_over, id__lte=end).delete()
        return Page(size, deleted, end)

    async def _periodically(self) -> None:
        """Take turns with the other servers, each of which wakes at a time of its own."""
        chance = secrets.SystemRandom()
        await asyncio.sleep(chance.uniform(0, self._interval))
        while True:
            pause = chance.uniform(1, 1.25) * self._interval
            if await self.resources.throttle.take(self._turn):
                try:
                    await self._prune_and_log()
                except (DatabaseUnavailable, SettingsError) as error:
                    logger.warning("pruning put off", extra={"cause": str(error)})
                    await self.resources.throttle.restore(self._turn)
                    pause = min(pause, RETRY.total_seconds())
            await asyncio.sleep(pause)

    async def _prune_and_log(self) -> None:
        progress = await self.prune()
        logger.info(
            "pruned",
            extra={
                "sessions": progress.deleted_sessions,
                "keys": progress.deleted_keys,
                "events": progress.deleted_events,
                "links": progress.deleted_links,
                "accounts": progress.deleted_accounts,
            },
        )

"""All kinds in turns, when asked to and, in a server, now and then."""

import asyncio
import secrets
import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from datetime import timedelta

from limits import RateLimitItemPerSecond

from authberry.accounts import Deletion
from authberry.logins import FactorResets
from authberry.models import DatabaseUnavailable
from authberry.models.event_logger import event_logger
from authberry.pruning.backlog import Backlog
from authberry.pruning.due_rows import EXPIRING, DueRows
from authberry.pruning.progress import Kind, Progress
from authberry.pruning.session_walk import SessionWalk
from authberry.resources import Resources
from authberry.settings import SettingsError
from authberry.signing import KeyRing
from authberry.throttle import Budget

logger = event_logger("authberry.pruning")

SHARE = 0.1  # of its time that pruning may keep the database busy
RETRY = timedelta(minutes=5)


class Pruning:
    """Deletes what is over: when asked to and, in a server, by itself."""

    def __init__(
        self, resources: Resources, keys: KeyRing, deletion: Deletion, resets: FactorResets
    ) -> None:
        """Count turns where attempts are: with a common store, one server of all gets one."""
        self.resources = resources
        self.backlog = Backlog(resources)
        self._due = DueRows(resources, keys, deletion, resets)
        self._session_walk = SessionWalk(resources)
        settings = resources.settings
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
        due, progress = self._due, Progress()
        kinds = [
            due.accounts(),
            due.factor_resets(),
            *(due.expired(kind) for kind in EXPIRING),
            due.events(),
            due.spent_keys(),
            self._session_walk.pages(),
        ]
        async with AsyncExitStack() as stack:
            for kind in kinds:
                await stack.enter_async_context(aclosing(kind))
            while kinds:
                for kind in tuple(kinds):
                    began = time.monotonic()
                    page = await anext(kind, None)
                    took = time.monotonic() - began
                    if page is None:
                        kinds.remove(kind)
                    else:
                        progress = progress.after(page)
                        yield progress
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
            extra={kind.value: progress.deleted(kind) for kind in reversed(Kind)},
        )

"""The walk over all sessions, which goes on where the last one stopped.

No index tells which sessions are over: every rotation would have to write it. So they are looked
at in the order of their keys. The place that was reached is kept in the database with each page,
for whichever server or command is the next; one walk goes round once from there.
"""

from collections.abc import AsyncGenerator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from tortoise.exceptions import IntegrityError
from tortoise.expressions import F

from authberry.models import WalkPosition
from authberry.pruning import progress
from authberry.pruning.progress import Kind, Page
from authberry.resources import Resources

KEPT = timedelta(days=1)
"""How long a session that is over can still be told what happened to it."""
NAME = "sessions"
FIRST, LAST = UUID(int=0), UUID(int=2**128 - 1)


@dataclass(frozen=True, eq=False)
class SessionWalk:
    """Deletes sessions that have been over for a day."""

    resources: Resources

    async def pages(self) -> AsyncGenerator[Page, None]:
        """Go round all sessions once.

        A page is one DELETE that carries the condition, so that a session which is refreshed
        meanwhile stays.
        """
        cutoff = self.resources.clock.now() - KEPT
        start = await self._position()
        for behind, last in ((start, LAST), (FIRST, start)):
            end = behind
            while end != last:
                seen, deleted, end = await self._page(cutoff, end, last)
                await self._keep(end)
                passed = (end.int - start.int) % 2**128 / 2**128
                yield Page(Kind.SESSIONS, deleted, seen, passed or 1)

    async def _page(self, cutoff: datetime, behind: UUID, last: UUID) -> tuple[int, int, UUID]:
        """Delete what is over of the next page; returns its size, how many went, and its end."""
        statements, size = self.resources.statements.pruning, progress.PAGE
        with self.resources.database.use():
            page = await statements.page_of_sessions(behind, last, size)
            end = page[-1] if len(page) == size else last
            deleted = await statements.delete_sessions(behind, end, size, cutoff) if page else 0
        return len(page), deleted, end

    async def _position(self) -> UUID:
        with self.resources.database.use():
            walk = await WalkPosition.get_or_none(name=NAME)
            if walk:
                return walk.position
            with suppress(IntegrityError):  # another is the first, too
                await WalkPosition.create(
                    name=NAME, position=FIRST, round_began_at=self.resources.clock.now()
                )
        return FIRST

    async def _keep(self, position: UUID) -> None:
        """Say where the next walk goes on; behind the last session a new round begins."""
        with self.resources.database.use():
            walk = WalkPosition.filter(name=NAME)
            if position != LAST:
                await walk.update(position=position)
                return
            now = self.resources.clock.now()
            await walk.update(position=FIRST, whole_since=F("round_began_at"), round_began_at=now)

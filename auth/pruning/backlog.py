"""What waits to be deleted, for the metrics: counted by indexes, and only so far."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from authberry.events import first_id, happened_at
from authberry.models import WalkPosition
from authberry.pruning.due_rows import EXPIRING, KEPT, REFRESH_KINDS
from authberry.pruning.progress import Kind
from authberry.pruning.session_walk import NAME
from authberry.resources import Resources

INTERVAL = timedelta(minutes=1)
"""Between two looks of a process, however often somebody asks."""


class Overdue(NamedTuple):
    """What of a kind waits."""

    kind: Kind
    rows: int | None
    """Up to `COUNTED`; None of sessions, which nothing counts."""
    since: datetime | None
    """When the first of it was due; None if nothing waits, or nothing is known."""


@dataclass(eq=False)
class Backlog:
    """Looks at what is due."""

    resources: Resources
    _looked_at: datetime | None = field(default=None, init=False)

    async def look(self) -> None:
        """Bring the metrics up to date, unless they were within the minute.

        Raises:
            DatabaseUnavailable: the metrics stay as they were.
        """
        now = self.resources.clock.now()
        if self._looked_at and abs(now - self._looked_at) < INTERVAL:
            return
        self._looked_at = now
        for waiting in await self._waiting(now):
            late = (now - waiting.since).total_seconds() if waiting.since else 0.0
            self.resources.metrics.overdue(waiting.kind.value, waiting.rows, max(0.0, late))

    async def _waiting(self, now: datetime) -> Sequence[Overdue]:
        statements = self.resources.statements.pruning
        with self.resources.database.use():
            accounts = await statements.accounts_waiting(now)
            resets = await statements.resets_waiting(now)
            expired = [await self._expired(kind, now) for kind in EXPIRING]
            events = await self._events(now)
            walk = await WalkPosition.get_or_none(name=NAME)
        since = walk.whole_since or walk.round_began_at if walk else None
        return (
            Overdue(Kind.ACCOUNTS, accounts.rows, _time(accounts.first)),
            Overdue(Kind.FACTOR_RESETS, resets.rows, _time(resets.first)),
            *expired,
            events,
            Overdue(Kind.SESSIONS, None, since),
        )

    async def _expired(self, kind: Kind, now: datetime) -> Overdue:
        kept = KEPT.get(kind, timedelta(0))
        table, statements = EXPIRING[kind], self.resources.statements.pruning
        found = await statements.expired_waiting(table, now - kept)
        since = _time(found.first)
        return Overdue(kind, found.rows, since and since + kept)

    async def _events(self, now: datetime) -> Overdue:
        settings, statements = self.resources.settings, self.resources.statements.pruning
        ttl, sooner = settings.event_ttl, min(settings.event_ttl, settings.refresh_event_ttl)
        found = [(ttl, await statements.events_waiting(first_id(now - ttl)))]
        for kind in REFRESH_KINDS:
            waiting = await statements.events_of_waiting(kind, first_id(now - sooner))
            found.append((sooner, waiting))
        due = [happened_at(UUID(str(one.first))) + kept for kept, one in found if one.first]
        count = sum(one.rows for _, one in found)
        return Overdue(Kind.EVENTS, count, min(due, default=None))


def _time(value: datetime | str | None) -> datetime | None:
    """Read a time as the driver returns it: SQLite's returns text."""
    return datetime.fromisoformat(value).astimezone(UTC) if isinstance(value, str) else value

"""The stored half of the security log: what was recorded goes into a table, a batch at a time.

Whoever records an event only appends it to a list; a task that lives while there is something to
write takes it from there. So a refresh waits for no second statement. While the database is away
the list grows, up to a bound; a process that is killed loses what its list holds. What happens in a
transaction is written in it instead, and is there if that is; see docs/decisions/0020.

An event of somebody is written only where that person has an account. So whoever is deleted leaves
nothing behind, not even what other processes still had in their lists.
"""

import asyncio
from collections import deque
from collections.abc import Sequence
from contextvars import Context
from uuid import UUID

from authberry.client import readable
from authberry.clock import Clock
from authberry.events.ids import EventIds
from authberry.events.log import Entry, Event
from authberry.events.sampling import Sampler, truncated
from authberry.models import Database, DatabaseUnavailable, NewEvent, Statements
from authberry.models.event_logger import event_logger
from authberry.settings import Settings

logger = event_logger("authberry.event_store")

MOST_WAITING = 10_000
BATCH = 250
PAUSE = 0.1  # seconds that events gather before they are written
RETRY = 1.0  # seconds between two tries while the database is away
REFRESHES = frozenset({Event.TOKEN_REFRESHED, Event.TOKEN_REISSUED})
"""What happens all day long, and is kept for a shorter time."""
REASON_LENGTH = 64


class EventStore:
    """Takes events in, and writes them."""

    def __init__(
        self, settings: Settings, database: Database, statements: Statements, clock: Clock
    ) -> None:
        """Write nothing yet."""
        self._is_on = bool(settings.event_ttl)
        self._left_out = frozenset() if settings.refresh_event_ttl else REFRESHES
        self._database = database
        self._statements = statements
        self.now = clock.now
        self._ids = EventIds()
        self._bursts = Sampler()
        self._waiting: deque[tuple[UUID, Entry]] = deque()
        self._batch: list[NewEvent] = []
        self._dropped = 0
        self._writing = asyncio.Lock()
        self._writer: asyncio.Task[None] | None = None

    def add(self, entry: Entry) -> None:
        """Take an event in; it is written a little later."""
        if not self._is_kept(entry):
            return
        sample = self._bursts.sample(entry)
        if sample is None:
            return
        self._put(sample)
        if self._writer is None or self._writer.done():
            self._start()

    async def write(self, entries: Sequence[Entry]) -> None:
        """Write events at once, inside the transaction of what they tell of.

        Each has a row, also where it is nobody's: what is a transaction, nobody can do at will.
        """
        rows = [self._row(self._ids.next(one.at), one) for one in entries if self._is_kept(one)]
        if rows:
            await self._statements.events.add_within(rows)

    async def flush(self) -> None:
        """Write all that was taken in until now.

        Raises:
            DatabaseUnavailable: what was not written is kept.
        """
        async with self._writing:
            while self._batch or self._waiting:
                if not self._batch:
                    size = min(BATCH, len(self._waiting))
                    self._batch = [self._row(*self._waiting.popleft()) for _ in range(size)]
                await self._write_batch()

    async def close(self) -> None:
        """Write what is left, or give it up if the database is away."""
        writer, self._writer = self._writer, None
        if writer is not None:
            writer.cancel()
            await asyncio.wait([writer])
        for entry in self._bursts.ended(None):
            self._put(entry)
        try:
            await self.flush()
        except DatabaseUnavailable as error:
            self._dropped += len(self._batch) + len(self._waiting)
            self._batch.clear()
            self._waiting.clear()
            logger.warning("events not stored", extra={"cause": str(error)})
        self._report_dropped()

    def _is_kept(self, entry: Entry) -> bool:
        return self._is_on and entry.event not in self._left_out

    def _put(self, entry: Entry) -> None:
        if len(self._waiting) >= MOST_WAITING:
            self._dropped += 1
        else:
            # Its id now: of what is written in a transaction meanwhile the ids are later ones.
            self._waiting.append((self._ids.next(entry.at), entry))

    def _start(self) -> None:
        """Have a task write; none of the request that happens to be the first is in it."""
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:  # nobody to write: `flush` or `close` will
            return
        self._writer = loop.create_task(self._run(), context=Context())

    async def _run(self) -> None:
        pause = PAUSE
        while self._waiting or self._batch or self._bursts:
            await asyncio.sleep(pause)
            for entry in self._bursts.ended(self.now()):
                self._put(entry)
            try:
                await self.flush()
            except DatabaseUnavailable as error:
                if pause == PAUSE:
                    logger.warning("events wait for the database", extra={"cause": str(error)})
                pause = RETRY
            else:
                pause = PAUSE
                self._report_dropped()

    async def _write_batch(self) -> None:
        try:
            with self._database.use():
                await self._statements.events.add(self._batch)
        except DatabaseUnavailable:
            raise
        except Exception:  # else what cannot be written would be tried for ever
            logger.exception("events not stored")
            self._dropped += len(self._batch)
        self._batch = []

    def _report_dropped(self) -> None:
        """Say how many events are missing from the table."""
        if self._dropped:
            logger.error("events dropped", extra={"count": self._dropped})
            self._dropped = 0

    def _row(self, event_id: UUID, entry: Entry) -> NewEvent:
        """Make the row. Of nobody in particular it tells the neighbourhood, and no browser."""
        client, is_known = entry.client, entry.user_id is not None
        return NewEvent(
            id=event_id,
            kind=entry.event.value[0],
            occurred_at=entry.at,
            user_id=entry.user_id,
            session_id=entry.session_id if is_known else None,
            client_id=entry.client_id,
            reason=entry.reason and entry.reason[:REASON_LENGTH],
            times=entry.times,
            ip_address=client.address if is_known else truncated(client.address),
            user_agent=readable(client.user_agent) if is_known else None,
            request_id=client.request_id,
        )

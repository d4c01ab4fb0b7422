"""The events of one transaction: their rows are part of it, and the rest follows the commit."""

from uuid import UUID

from authberry.client import Client
from authberry.events.log import Entry, Event, SecurityLog
from authberry.events.store import EventStore


class TransactionEvents:
    """Takes in what happens in a transaction; see `Resources.transaction`.

    The transaction holds the row of whoever an event is about, so that nobody deletes that person
    meanwhile; else the event would stay behind.
    """

    def __init__(self, log: SecurityLog, store: EventStore) -> None:
        """Hold none yet."""
        self._log = log
        self._store = store
        self._entries: list[Entry] = []

    def record(
        self,
        event: Event,
        client: Client,
        *,
        user_id: UUID | None = None,
        session_id: UUID | None = None,
        reason: str | None = None,
    ) -> None:
        """Take in what happens now."""
        now, service = self._log.now(), client.client_id
        self._entries.append(Entry(event, now, client, user_id, session_id, service, reason))

    async def write(self) -> None:
        """Store them, as the last of the transaction."""
        await self._store.write(self._entries)

    def publish(self) -> None:
        """Count and log them, once the transaction is committed."""
        for entry in self._entries:
            self._log.publish(entry)

"""The security log: what happened, written to the log, counted, and stored.

`SecurityLog` takes a record from every rule, `EventStore` writes what is recorded to a table, a
batch at a time, and `EventHistory` reads it for its owner and for the operator. What is a
transaction has `TransactionEvents`, which are written in it.
"""

from authberry.events.history import (
    Choice,
    EventHistory,
    Page,
    SecurityEventKind,
    cursor,
    reason_for_owner,
)
from authberry.events.ids import first_id, happened_at
from authberry.events.log import LOGINS, Event, SecurityLog
from authberry.events.store import REFRESHES, EventStore
from authberry.events.transaction_events import TransactionEvents

__all__ = [
    "LOGINS",
    "REFRESHES",
    "Choice",
    "Event",
    "EventHistory",
    "EventStore",
    "Page",
    "SecurityEventKind",
    "SecurityLog",
    "TransactionEvents",
    "cursor",
    "first_id",
    "happened_at",
    "reason_for_owner",
]

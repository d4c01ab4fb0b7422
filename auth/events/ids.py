"""Ids of events: UUIDs of version 7, whose order is that of time (RFC 9562, section 5.7)."""

import secrets
from datetime import UTC, datetime, timedelta
from uuid import UUID

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_RANDOM_BITS = 74
_STEP_BITS = 32


class EventIds:
    """Makes ids, each above the one before it, also when the clock stands still or goes back."""

    def __init__(self) -> None:
        """Begin below every id."""
        self._last = 0

    def next(self, at: datetime) -> UUID:
        """Make the id of what happens now, or `at` a time not before what the last one was for.

        Within a millisecond it is the last one's number and a little more (section 6.2, method 2).
        """
        earliest = _number(at)
        if earliest > self._last:
            self._last = earliest | secrets.randbits(_RANDOM_BITS)
        else:
            self._last += 1 + secrets.randbits(_STEP_BITS)
        return _uuid(self._last)


def first_id(at: datetime) -> UUID:
    """The lowest id of the millisecond that `at` lies in: what is below it happened before."""
    return _uuid(_number(at))


def happened_at(event_id: UUID) -> datetime:
    """When an event happened, to the millisecond."""
    return _EPOCH + (event_id.int >> 80) * _MILLISECOND


def _number(at: datetime) -> int:
    return (at - _EPOCH) // _MILLISECOND << _RANDOM_BITS


def _uuid(number: int) -> UUID:
    """Put version and variant among the 122 bits that are ours."""
    time, high, low = number >> _RANDOM_BITS, number >> 62 & 0xFFF, number & (1 << 62) - 1
    return UUID(int=time << 80 | 7 << 76 | high << 64 | 2 << 62 | low)

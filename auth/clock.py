"""The one source of time."""

import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Tells the time. Tests hand in one that they can set."""

    def now(self) -> datetime:
        """Return the time, in UTC."""


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Return the time, in UTC."""
        return datetime.now(UTC)


class SteadyClock:
    """A machine's clock as it is now, and from then on the time that passes.

    Where the machine's clock is set forward or back later, this one does not follow.
    """

    def __init__(self, machine: Clock) -> None:
        """Look at the machine's clock, once."""
        self._began_at = machine.now()
        self._began = time.monotonic()

    def now(self) -> datetime:
        """Return the time, in UTC."""
        return self._began_at + timedelta(seconds=time.monotonic() - self._began)

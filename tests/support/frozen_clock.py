"""A clock that stands still until it is told to move."""

from datetime import UTC, datetime, timedelta

# With a fraction of a second, so that whoever rounds is caught.
NOON = datetime(2026, 1, 1, 12, 0, 0, 654_321, UTC)


class FrozenClock:
    """What `Auth(settings, clock=...)` takes."""

    def __init__(self, time: datetime = NOON) -> None:
        """Stand at `time`."""
        self.time = time

    def now(self) -> datetime:
        """Return the time, in UTC."""
        return self.time

    def tick(self, seconds: float | timedelta) -> None:
        """Move forward, or back for a negative number."""
        self.time += seconds if isinstance(seconds, timedelta) else timedelta(seconds=seconds)

"""What is counted while it storms."""

import time
from collections import Counter
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class StormEvent:
    """Something done to the servers, and when: seconds since the storm began."""

    at: float
    what: str


@dataclass(slots=True)
class Tally:
    """Counts, over all and by the second."""

    began: float = field(default_factory=time.monotonic)
    statuses: Counter[int] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)
    """Answers that say that the server is at fault, whatever their status."""
    broken: int = 0
    """Connections that were refused or cut: not answers."""
    refreshes: Counter[str] = field(default_factory=Counter)
    by_second: dict[int, Counter[str]] = field(default_factory=dict)
    chances: Counter[str] = field(default_factory=Counter)
    """Answers lost, tabs that raced, replies reordered."""
    happenings: list[StormEvent] = field(default_factory=list)
    refusals: Counter[str] = field(default_factory=Counter)
    """Of honest clients from whom nobody has stolen."""
    headers: set[str] = field(default_factory=set)
    """Of the access tokens: they name the key that signed."""
    latencies: list[float] = field(default_factory=list)

    @property
    def now(self) -> float:
        """Seconds since the storm began."""
        return time.monotonic() - self.began

    def refreshed(self, kind: str, took: float) -> None:
        """Count one refresh."""
        self.refreshes[kind] += 1
        self.by_second.setdefault(int(self.now), Counter())[kind] += 1
        self.latencies.append(took)

    def happened(self, what: str) -> None:
        """Note it."""
        self.happenings.append(StormEvent(round(self.now, 2), what))

    def server_errors(self) -> int:
        """How many answers were a server's fault."""
        return self.errors.total() + sum(
            count for status, count in self.statuses.items() if status >= 500
        )

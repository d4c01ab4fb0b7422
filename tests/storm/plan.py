"""What a storm is made of."""

from dataclasses import dataclass

LOST = 0.1
"""The share of answers that are thrown away; never a third in a row, which would take too long."""
TRIES = 3
RETRY = (0.2, 0.8)
"""Seconds until a client that has heard nothing asks again, from and to."""
TWO_TABS = 0.2
"""The share of refreshes at which two tabs ask with the same token..."""
STAGGER = 0.3
"""...up to so many seconds apart, so that the answers overlap..."""
REORDERED = 0.5
"""...and the share of those of which the later answer is taken in first."""
LONG_REST = 0.3
"""The share of rests between two refreshes that outlast the window."""
LOOKS = 0.25
"""The share of refreshes that are followed by a look at who is logged in."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How many, how long, how often. Times are in seconds."""

    seconds: float = 60
    sessions: int = 1000
    per_person: int = 40
    processes: int = 3
    window: float = 10
    """A retry comes within three seconds of the first try, and a machine may be slow."""
    pause: float = 10
    """At most, between two refreshes, but for the long rests."""
    kill_every: float = 5
    thieves: float = 0.05
    """The share of sessions of which a token is stolen."""
    seed: int = 1

    @property
    def people(self) -> int:
        """How many have to register."""
        return -(-self.sessions // self.per_person)

    @property
    def planted(self) -> int:
        """How many sessions are stolen from."""
        return max(2, round(self.sessions * self.thieves))


QUICK = Plan(seconds=12, sessions=100, per_person=20, window=6, pause=5, kill_every=4, thieves=0.1)

"""The rules of sessions as a model: it keeps every token, and reads no database.

Answers are codes, as the API's; OK is a good one.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

OK = "OK"
WINDOW, SKEW = timedelta(seconds=30), timedelta(seconds=60)
IDLE, ABSOLUTE, KEPT = timedelta(days=14), timedelta(days=90), timedelta(days=1)
ACCESS, LEEWAY = timedelta(seconds=300), timedelta(seconds=30)


@dataclass
class SessionSpecification:
    """One session."""

    absolute_end: datetime
    idle_end: datetime
    current: int = 0
    rotated_at: datetime | None = None
    over_at: datetime | None = None
    is_pruned: bool = False

    def is_live(self, now: datetime) -> bool:
        """Whether its owner sees it among their sessions."""
        return self.over_at is None and not self.is_pruned and now < self.idle_end

    def refresh(self, generation: int, now: datetime) -> str:
        """Present the token of a generation; `current` moves if that rotates."""
        age = self.current - generation
        since = now - self.rotated_at if self.rotated_at else timedelta.max
        is_fresh = -SKEW <= since < WINDOW
        outcomes = (
            (self.is_pruned, "REFRESH_TOKEN_INVALID"),
            (self.over_at is not None, "SESSION_REVOKED"),
            (now >= self.idle_end, "REFRESH_TOKEN_EXPIRED"),
            (age == 0, OK),
            (is_fresh and age == 1, OK),
            (since < -SKEW and age == 1, "REFRESH_TOKEN_INVALID"),  # when it was, nobody knows
            (True, "REFRESH_TOKEN_REUSED"),
        )
        outcome = next(outcome for applies, outcome in outcomes if applies)
        if outcome == OK and age == 0 and not is_fresh:
            self.rotate(now)
        if outcome == "REFRESH_TOKEN_REUSED":
            self.end(now)
        return outcome

    def rotate(self, now: datetime) -> None:
        """Make the next token."""
        self.current += 1
        self.rotated_at = now
        self.idle_end = min(now + IDLE, self.absolute_end)

    def renew(self, now: datetime) -> "SessionSpecification":
        """End, and go on as another, with a new password."""
        self.end(now)
        return SessionSpecification(self.absolute_end, min(now + IDLE, self.absolute_end))

    def end(self, now: datetime) -> None:
        """End, unless that is over."""
        self.over_at = self.over_at or now

    def prune(self, now: datetime) -> None:
        """Forget what has been dead for a day."""
        ended = [time for time in (self.over_at, self.idle_end) if time is not None]
        self.is_pruned |= any(time < now - KEPT for time in ended)


@dataclass
class Specification:
    """A person, and all their sessions."""

    sessions: list[SessionSpecification] = field(default_factory=list)
    is_disabled: bool = False

    def login(self, now: datetime) -> str:
        """Begin a session, with the right password."""
        if self.is_disabled:
            return "INVALID_CREDENTIALS"
        self.sessions.append(SessionSpecification(now + ABSOLUTE, now + IDLE))
        return OK

    def live(self, now: datetime) -> list[int]:
        """Which sessions are live."""
        return [at for at, session in enumerate(self.sessions) if session.is_live(now)]

    def revoke(self, wanted: int, now: datetime) -> str:
        """End one of them, from another."""
        if wanted not in self.live(now):
            return "SESSION_NOT_FOUND"
        self.sessions[wanted].end(now)
        return OK

    def revoke_others(self, own: int, now: datetime) -> int:
        """End all others; returns how many."""
        others = [at for at in self.live(now) if at != own]
        for at in others:
            self.sessions[at].end(now)
        return len(others)

    def change_password(self, own: int, now: datetime) -> None:
        """End all, those whose time is up included, and go on with this one as another."""
        renewed = self.sessions[own].renew(now)
        for session in self.sessions:
            session.end(now)
        self.sessions.append(renewed)

    def disable(self, now: datetime) -> None:
        """End all, and let nobody log in."""
        self.is_disabled = True
        for session in self.sessions:
            session.end(now)

    def me(self, own: int, issued_at: datetime, now: datetime) -> str:
        """Who is asking, by an access token."""
        expires_at = min(issued_at + ACCESS, self.sessions[own].absolute_end)
        if expires_at.replace(microsecond=0) <= now - LEEWAY:
            return "TOKEN_EXPIRED"
        return OK if self.sessions[own].is_live(now) else "SESSION_REVOKED"

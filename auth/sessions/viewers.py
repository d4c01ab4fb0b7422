"""Who is asking: the live session of an access token, and the person it belongs to.

Logout, revocation, a disabled account and a changed role hold at once, so the session is looked up
at each request. On SQLite that is a read of the file, which takes microseconds. On PostgreSQL it is
a journey to another process, so what was read is remembered for as long as it is certain that any
change would have been heard of; see `authberry.models.Changes`. Without that certainty, every
request reads.
"""

import asyncio
import time
from dataclasses import dataclass, field
from uuid import UUID

from authberry.errors import Unauthenticated, UnauthenticatedReason
from authberry.models import Changes, RefreshToken, User
from authberry.resources import Resources
from authberry.tokens import Claims, OpenedToken

REMEMBERED_PEOPLE = 1000
"""Of 4 KB each, and as much for each further session."""
REMEMBERED_OWNERS = 10_000
"""Of 0.3 KB each."""


@dataclass(frozen=True, slots=True)
class Viewer:
    """The person asking, and the live session they ask in.

    Both are shared with other requests: they are read, and never changed.
    """

    user: User
    session: RefreshToken
    token: OpenedToken | None = field(default=None, repr=False)
    """What the session's cookie held, if that is how they ask."""


@dataclass(eq=False)
class Viewers:
    """Finds who is asking, and never goes by what was before a change that somebody was told of."""

    resources: Resources

    def __post_init__(self) -> None:
        """Remember nobody yet."""
        self._held: dict[str, dict[UUID, Viewer]] = {}
        self._owners: dict[UUID, UUID] = {}
        self._changes: Changes | None = None
        if self.resources.settings.viewer_cache and not self.resources.database.is_sqlite:
            self._changes = Changes(self.resources.database, self._forget)

    async def viewer(self, claims: Claims) -> Viewer:
        """Find the person and the session of an access token, with one query at most.

        Raises:
            Unauthenticated: SESSION_REVOKED; the session has ended, or the person is disabled; or
                it was renewed, and goes on under another id.
        """
        user_id, session_id = claims.user_id, claims.session_id
        viewer = await self._recall(user_id, session_id)
        return viewer or await self._read(user_id, session_id)

    async def of_session(self, session_id: UUID) -> Viewer:
        """Find the live session of that id, and whose it is, with one query at most.

        Raises:
            Unauthenticated: as `viewer`.
        """
        user_id = self._owners.get(session_id)
        viewer = await self._recall(user_id, session_id) if user_id else None
        return viewer or await self.read(session_id)

    async def read(self, session_id: UUID) -> Viewer:
        """Do so by the database, whatever is remembered.

        Raises:
            Unauthenticated: as `viewer`.
        """
        viewer = await self._read(self._owners.get(session_id), session_id)
        if self._changes is not None:  # else nothing is remembered
            if len(self._owners) >= REMEMBERED_OWNERS:
                del self._owners[next(iter(self._owners))]
            self._owners[session_id] = viewer.user.id
        return viewer

    def forget(self, user_id: UUID) -> None:
        """Read a person anew when they ask next, in this process."""
        self._forget(str(user_id))

    async def propagate(self) -> None:
        """Wait until no process goes by what was before a change that is now committed."""
        if self._changes is None:
            return
        # Not one sleep: an event loop counts from when it last woke, which is a little earlier.
        until = time.monotonic() + self._changes.lease
        while (left := until - time.monotonic()) > 0:  # noqa: ASYNC110 - for time itself
            await asyncio.sleep(left)

    async def close(self) -> None:
        """Stop listening for changes."""
        if self._changes is not None:
            await self._changes.close()

    async def _recall(self, user_id: UUID, session_id: UUID) -> Viewer | None:
        """Return what is remembered, if it is certain that nothing has changed since."""
        if self._remembered(user_id, session_id) and await self._is_current():
            # again: news may have come while this waited
            return self._remembered(user_id, session_id)
        return None

    def _remembered(self, user_id: UUID, session_id: UUID) -> Viewer | None:
        held = self._held.get(str(user_id))
        viewer = held.get(session_id) if held else None
        # One that seems over may have been renewed.
        return viewer if viewer and viewer.session.expires_at > self.resources.clock.now() else None

    async def _is_current(self) -> bool:
        changes = self._changes
        return changes is not None and (changes.is_current() or await changes.become_current())

    async def _read(self, user_id: UUID | None, session_id: UUID) -> Viewer:
        # Of somebody who is forgotten while this reads, the room is gone, and nothing is kept.
        may_keep = user_id is not None and self._changes and self._changes.is_current()
        held = self._sessions_of(user_id) if user_id and may_keep else {}
        with self.resources.database.use():
            session = await self.resources.statements.sessions.with_user(session_id)
        if (
            session is None
            or session.revoked_at is not None
            or session.expires_at <= self.resources.clock.now()
            or session.user_id != (user_id or session.user_id)
            or session.user.disabled_at is not None
        ):
            raise Unauthenticated(
                UnauthenticatedReason.SESSION_REVOKED,
                is_renewed=session is not None and session.revoked_reason == RefreshToken.RENEWED,
            )
        viewer = held[session_id] = Viewer(session.user, session)
        return viewer

    def _sessions_of(self, user_id: UUID) -> dict[UUID, Viewer]:
        """Where the sessions of a person are kept; the person known longest makes room."""
        person = str(user_id)
        if person not in self._held and len(self._held) >= REMEMBERED_PEOPLE:
            del self._held[next(iter(self._held))]
        return self._held.setdefault(person, {})

    def _forget(self, user_id: str | None) -> None:
        if user_id is None:
            self._held = {}
        else:
            self._held.pop(user_id, None)

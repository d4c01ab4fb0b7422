"""The refresh protocol: what one presented token does to the row of its session.

With a window of 30 seconds, the default:

- The current token, last rotated longer ago than the window, is rotated.
- Inside the window, the current one and the one before it are both answered with the current one,
  and nothing is written. So two tabs, a retry after a lost answer and ten tabs restored at once end
  with the same token, and nobody honest is taken for a thief.
- Anything older proves that an issued token was used again: the session ends.

With a window of 0 every use rotates; whoever comes second within five seconds is refused, and later
is taken for a thief.

A change of password renews a session: the row ends, and another with an id and a chain of its own
goes on. Whatever was issued before names the row that has ended.
"""

import hmac
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from authberry.client import Client, readable
from authberry.errors import (
    RefreshTokenExpired,
    RefreshTokenInvalid,
    RefreshTokenReused,
    SessionRevoked,
    Unauthenticated,
    UnauthenticatedReason,
)
from authberry.events import Event
from authberry.mail import Notices
from authberry.models import Claim, RefreshToken
from authberry.resources import Resources
from authberry.sessions.viewers import Viewers
from authberry.tokens import GENERATION_LIMIT, OpenedToken, RefreshTokenCodec

STRICT_RACE = timedelta(seconds=5)
"""With a window of 0: how long the token before the current one is late rather than stolen."""
CLOCK_SKEW = timedelta(seconds=60)
"""How far ahead of ours the clock that a row was rotated by may have been; more tells nothing.

Processes go by one clock, but that may have been set back since.
"""
FOREVER = datetime.max.replace(tzinfo=UTC)


@dataclass(eq=False)
class Rotation:
    """Moves sessions along their chains of tokens. Its callers have chosen the database."""

    resources: Resources
    codec: RefreshTokenCodec
    viewers: Viewers
    notices: Notices

    def __post_init__(self) -> None:
        """Keep the window and the limits."""
        self._window = self.resources.settings.refresh_window
        self._idle_ttl = self.resources.settings.refresh_idle_ttl

    async def advance(self, token: OpenedToken, client: Client) -> tuple[RefreshToken, OpenedToken]:
        """Exchange a token for its session's current one; returns the session, with its user, too.

        Raises:
            RefreshTokenInvalid, RefreshTokenExpired, RefreshTokenReused, SessionRevoked.
        """
        while True:
            # Claimed first, and looked into only if that fails: most tokens are presented once.
            if claimed := await self._claim(token, client):
                self._record(Event.TOKEN_REFRESHED, claimed[0], client)
                return claimed
            session = await self._live_session(token, client)
            if token.generation > session.generation:
                # The row is older than the token: a restored backup. Nobody is at fault.
                raise RefreshTokenInvalid
            if token.generation < session.generation:
                return session, await self._answer_past(session, token, client)
            if not hmac.compare_digest(token.hash, session.token_hash):
                raise RefreshTokenInvalid
            if self._rotated_within(session, self._window):
                self._record(Event.TOKEN_REISSUED, session, client)
                return session, token
            if token.generation == GENERATION_LIMIT - 1:
                raise RefreshTokenExpired
            # The window ended, or the account was enabled, between the two looks.

    async def renewable(self, token: OpenedToken) -> RefreshToken | None:
        """The session, with its user, that `advance` would go on with; nothing is done about it."""
        session = await self.resources.statements.sessions.with_user(token.session_id)
        if (
            session is None
            or session.revoked_at is not None
            or session.expires_at <= self.resources.clock.now()
            or session.user.disabled_at is not None
        ):
            return None
        if token.generation == session.generation:
            return session if hmac.compare_digest(token.hash, session.token_hash) else None
        is_previous = token.generation == session.generation - 1
        if not (is_previous and self._rotated_within(session, self._window)):
            return None
        return session if self.codec.stored_successor(token, session.token_hash) else None

    async def renew(
        self, session: RefreshToken, client: Client, *, was_proved: bool
    ) -> tuple[RefreshToken, OpenedToken]:
        """End a session, and go on with it under another id, inside a transaction.

        No token of either kind that was issued before leads to it. What it may do and how long it
        may live at most are as they were; with `was_proved`, the proof of who it is, is of now.

        Raises:
            Unauthenticated: the session has ended in the meantime.
        """
        now = self.resources.clock.now()
        if not await self._end(session, RefreshToken.RENEWED):
            raise Unauthenticated(UnauthenticatedReason.SESSION_REVOKED)
        token = self.codec.first(uuid4())
        renewed = RefreshToken(
            id=token.session_id,
            user=session.user,
            token_hash=token.hash,
            transport=session.transport,
            authenticated_at=now if was_proved else session.authenticated_at,
            amr=session.amr,
            proofs=session.proofs,
            created_at=session.created_at,
            last_used_at=now,
            expires_at=min(now + self._idle_ttl, session.absolute_expires_at),
            absolute_expires_at=session.absolute_expires_at,
            user_agent=readable(client.user_agent),
            ip_address=client.address,
        )
        await renewed.save(force_create=True)
        return renewed, token

    async def end(self, session: RefreshToken, reason: str) -> None:
        """Write that a session is over, unless it was already."""
        await self._end(session, reason)
        await self.viewers.propagate()

    async def _live_session(self, token: OpenedToken, client: Client) -> RefreshToken:
        session = await self.resources.statements.sessions.with_user(token.session_id)
        if session is None:
            raise RefreshTokenInvalid(session_over=True)
        if session.revoked_at is not None:
            raise SessionRevoked(session_over=not self._renewed_just_now(session))
        if session.expires_at <= self.resources.clock.now():
            raise RefreshTokenExpired
        if session.user.disabled_at is not None:
            await self.end(session, "disabled")
            self._record(Event.TOKEN_REFUSED, session, client, reason="disabled")
            raise SessionRevoked
        return session

    async def _claim(
        self, token: OpenedToken, client: Client
    ) -> tuple[RefreshToken, OpenedToken] | None:
        """Rotate a live session whose current token this is, unless that was done in the window."""
        successor = next(self.codec.successors(token), None)
        if successor is None:
            return None
        now = self.resources.clock.now()
        session = await self.resources.statements.sessions.claim(
            Claim(
                session_id=token.session_id,
                generation=token.generation,
                token_hash=token.hash,
                now=now,
                rotated_before=now - self._window if self._window else FOREVER,
                or_after=now + CLOCK_SKEW,
                next_generation=successor.generation,
                next_hash=successor.hash,
                expires_at=now + self._idle_ttl,
                user_agent=readable(client.user_agent),
                ip_address=client.address,
            )
        )
        return (session, successor) if session else None

    async def _answer_past(
        self, session: RefreshToken, token: OpenedToken, client: Client
    ) -> OpenedToken:
        """Answer a token that was rotated away: with its successor, or by ending the session."""
        is_previous = token.generation == session.generation - 1
        if is_previous and self._rotated_within(session, self._window):
            self._record(Event.TOKEN_REISSUED, session, client)
            return self._successor(token, session)
        if self._may_be_late(session, is_previous=is_previous):
            raise RefreshTokenInvalid
        await self._end_for_reuse(session, client)
        self._record(Event.TOKEN_REUSED, session, client)
        raise RefreshTokenReused

    async def _end_for_reuse(self, session: RefreshToken, client: Client) -> None:
        """End a session, and tell its owner in the same breath, where owners are told."""
        if not self.notices.is_on:
            await self.end(session, "reuse")
            return
        async with self.resources.database.transaction():
            if await self._end(session, "reuse"):
                await self.notices.token_reused(session.user, client)
        await self.viewers.propagate()
        self.notices.wake()

    async def _end(self, session: RefreshToken, reason: str) -> int:
        return await RefreshToken.filter(id=session.id, revoked_at=None).update(
            revoked_at=self.resources.clock.now(), revoked_reason=reason
        )

    def _successor(self, token: OpenedToken, session: RefreshToken) -> OpenedToken:
        """Derive the token that the row holds from the one before it."""
        if successor := self.codec.stored_successor(token, session.token_hash):
            return successor
        # It was made with a secret that is not among ours.
        raise RefreshTokenInvalid

    def _may_be_late(self, session: RefreshToken, *, is_previous: bool) -> bool:
        """Whether a token that was rotated away is no good, and yet no proof of a theft."""
        rotated_at = session.rotated_at
        if rotated_at is not None and rotated_at - self.resources.clock.now() > CLOCK_SKEW:
            # The clock was set back: nobody knows how long ago that was.
            return is_previous
        return is_previous and not self._window and self._rotated_within(session, STRICT_RACE)

    def _rotated_within(self, session: RefreshToken, span: timedelta) -> bool:
        return self._is_within(session.rotated_at, span)

    def _renewed_just_now(self, session: RefreshToken) -> bool:
        """Whether a tab that asked before the renewal may be answered behind it.

        The jar then holds the cookie of the session that goes on, under the same name.
        """
        is_renewed = session.revoked_reason == RefreshToken.RENEWED
        return is_renewed and self._is_within(session.revoked_at, self._window or STRICT_RACE)

    def _is_within(self, time: datetime | None, span: timedelta) -> bool:
        if time is None or not span:
            return False
        return -CLOCK_SKEW <= self.resources.clock.now() - time < span

    def _record(
        self, event: Event, session: RefreshToken, client: Client, reason: str | None = None
    ) -> None:
        self.resources.log.record(
            event, client, user_id=session.user_id, session_id=session.id, reason=reason
        )

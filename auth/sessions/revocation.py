"""Revocation: how sessions end before their time, by their owner, a service or the operator."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from authberry.client import Client
from authberry.errors import SessionNotFound, Unauthenticated
from authberry.events import Event
from authberry.models import RefreshToken
from authberry.resources import Resources
from authberry.sessions.presented import open_newest
from authberry.sessions.viewers import Viewer, Viewers
from authberry.signing import AccessTokens
from authberry.throttle import Budget
from authberry.tokens import Claims, RefreshTokenCodec

PAGE = 250
"""Sessions that are ended by one statement."""


@dataclass(frozen=True, eq=False)
class Revocation:
    """Ends sessions, so that no process takes one for live once it is told to have ended."""

    resources: Resources
    codecs: tuple[RefreshTokenCodec, ...]
    access_tokens: AccessTokens
    viewers: Viewers

    async def end_within(self, user_id: UUID, reason: str, *, but: UUID | None = None) -> None:
        """End every live session of a person but one, inside a transaction; then propagate."""
        sessions = RefreshToken.filter(user_id=user_id, revoked_at=None)
        if but is not None:
            sessions = sessions.exclude(id=but)
        await sessions.update(revoked_at=self.resources.clock.now(), revoked_reason=reason)

    async def logout(self, claims: Claims | None, presented: Sequence[str], client: Client) -> None:
        """End the session that a token or the session's cookie names, of whatever generation.

        Where they name several, all of them end, or none. Doing it twice is a success, and so is
        doing it with tokens that name nothing.
        """
        tokens = (held for codec in self.codecs for held in open_newest(codec, presented, []))
        ids = {token.session_id for _, token in tokens} | ({claims.session_id} if claims else set())
        for session_id, user_id in await self._end(ids, "logout"):
            self.resources.log.record(
                Event.LOGGED_OUT, client, user_id=user_id, session_id=session_id
            )

    async def revoke_token(self, token: str, client: Client) -> None:
        """End the session that a token of either kind names, for a service that was sent it.

        As `logout` does: an access token may have expired, a refresh token be of any generation,
        and whatever names no session names none that lives (RFC 7009, section 2.2).
        """
        try:
            claims = await self.access_tokens.verify(token, may_be_expired=True)
        except Unauthenticated:
            claims = None
        await self.logout(claims, [token], client)

    async def revoke(self, viewer: Viewer, session_id: str, client: Client) -> int:
        """End one session of the person asking; returns how many ended, which is one.

        Raises:
            SessionNotFound: theirs is none of that id: not live, somebody else's, or not an id.
            TooManyAttempts: by this person.
        """
        await self.resources.throttle.spend(
            client,
            Budget(self.resources.settings.session_attempts, ("revoke", str(viewer.user.id))),
        )
        try:
            wanted = UUID(session_id)
        except ValueError:
            raise SessionNotFound from None
        count = await self._end_many(viewer.user.id, "revoked", only=wanted)
        if count == 0:
            raise SessionNotFound
        self.resources.log.record(
            Event.SESSIONS_REVOKED, client, user_id=viewer.user.id, session_id=wanted, count=1
        )
        return count

    async def revoke_others(
        self, viewer: Viewer, client: Client, *, include_current: bool = False
    ) -> int:
        """End every session of the person asking, this one only if asked to; returns how many."""
        await self.resources.throttle.spend(
            client,
            Budget(self.resources.settings.session_attempts, ("revoke", str(viewer.user.id))),
        )
        keep = None if include_current else viewer.session.id
        count = await self._end_many(viewer.user.id, "revoked", but=keep)
        self.resources.log.record(
            Event.SESSIONS_REVOKED, client, user_id=viewer.user.id, count=count
        )
        return count

    async def revoke_all(self, user_id: UUID, client: Client, *, reason: str) -> int:
        """End every session of a person, for the operator; returns how many."""
        count = await self._end_many(user_id, reason)
        self.resources.log.record(
            Event.SESSIONS_REVOKED, client, user_id=user_id, count=count, reason=reason
        )
        return count

    async def revoke_everyone(self, client: Client) -> int:
        """End every session that has begun by now, for the operator; returns how many.

        As after a backup was restored, in which sessions live that have ended since. A page at a
        time, so that no refresh waits long for a lock.
        """
        begun = self.resources.clock.now()
        count, last = 0, UUID(int=0)
        while page := await self._live_behind(last, begun):
            with self.resources.database.use():
                live = RefreshToken.filter(
                    revoked_at=None, expires_at__gt=begun, created_at__lte=begun
                )
                count += await live.filter(id__gt=last, id__lte=page[-1]).update(
                    revoked_at=begun, revoked_reason="operator"
                )
            last = page[-1]
        await self.viewers.propagate()
        self.resources.log.record(Event.SESSIONS_REVOKED, client, count=count, reason="everyone")
        return count

    async def _live_behind(self, last: UUID, begun: datetime) -> list[UUID]:
        with self.resources.database.use():
            live = RefreshToken.filter(revoked_at=None, expires_at__gt=begun, created_at__lte=begun)
            page = await live.filter(id__gt=last).order_by("id").limit(PAGE).values_list("id")
        return [session_id for (session_id,) in page]

    async def revoke_by_id(self, session_id: UUID, client: Client) -> bool:
        """End one session, for the operator; returns whether it was live."""
        ended = await self._end({session_id}, "operator")
        for _, user_id in ended:
            self.resources.log.record(
                Event.SESSIONS_REVOKED, client, user_id=user_id, session_id=session_id, count=1
            )
        return bool(ended)

    async def _end(self, ids: Collection[UUID], reason: str) -> list[tuple[UUID, UUID]]:
        """End sessions, all or none; returns which had not ended before, and whose they were."""
        if not ids:
            return []
        now = self.resources.clock.now()
        with self.resources.database.use():
            ended = await self.resources.statements.sessions.end(ids, now, reason)
        await self.viewers.propagate()
        return ended

    async def _end_many(
        self, user_id: UUID, reason: str, *, only: UUID | None = None, but: UUID | None = None
    ) -> int:
        now = self.resources.clock.now()
        with self.resources.database.use():
            sessions = RefreshToken.filter(user_id=user_id, revoked_at=None, expires_at__gt=now)
            if only is not None:
                sessions = sessions.filter(id=only)
            if but is not None:
                sessions = sessions.exclude(id=but)
            count = await sessions.update(revoked_at=now, revoked_reason=reason)
        await self.viewers.propagate()
        return count

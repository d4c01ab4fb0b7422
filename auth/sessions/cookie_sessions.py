"""Sessions that a cookie alone stands for: looked up on every request, and rotated by none.

The cookie holds a token in the format of refresh tokens, under keys of its own, so that neither can
be used as the other. The row of the session keeps its hash. Reading never gives it another: a page
that is rendered on a server in fifty pieces asks fifty times at once, and nobody could tell which
answer the browser sees. Proving once more who one is does, and so does a new password; see
docs/decisions/0023.
"""

import hmac
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

from authberry.errors import Unauthenticated, UnauthenticatedReason
from authberry.models import DatabaseUnavailable, RefreshToken
from authberry.models.statements import Use
from authberry.resources import Resources
from authberry.sessions.issued import RefreshTokenTransport
from authberry.sessions.presented import open_newest
from authberry.sessions.viewers import Viewer, Viewers
from authberry.signing import Authentication, proof_at
from authberry.tokens import Claims, OpenedToken, RefreshTokenCodec

USE_INTERVAL = timedelta(minutes=1)
"""How long a use is not written after the last one that was, or a tenth of the idle limit."""

LATE = timedelta(seconds=5)
"""With a window of 0: how long the token before the current one is still answered."""


@dataclass(eq=False)
class CookieSessions:
    """Finds who asks by the session's cookie, and gives the session another token."""

    resources: Resources
    codec: RefreshTokenCodec
    viewers: Viewers

    def __post_init__(self) -> None:
        """Keep the limits; nobody's use is being written."""
        settings = self.resources.settings
        self._window = settings.refresh_window or LATE
        self._idle_ttl = settings.refresh_idle_ttl
        self._use_interval = min(USE_INTERVAL, settings.refresh_idle_ttl / 10)
        self._writing: set[UUID] = set()

    def recognises(self, presented: str) -> bool:
        """Whether this service has made a cookie, of whatever age; without a query."""
        return bool(open_newest(self.codec, [presented], []))

    async def viewer(self, presented: Sequence[str]) -> Viewer:
        """Find the person and the session that a cookie stands for.

        Args:
            presented: One token, or several where a browser sent several cookies of that name: the
                first good one wins.

        Raises:
            Unauthenticated: TOKEN_INVALID, it is none of ours; SESSION_REVOKED, its session has
                ended, or goes on with another token.
        """
        refusal = Unauthenticated(UnauthenticatedReason.TOKEN_INVALID)
        for _, token in open_newest(self.codec, presented, []):
            try:
                viewer = await self._viewer_by(token)
            except Unauthenticated as reason:
                refusal = reason
                continue
            await self._record_use(viewer.session)
            return viewer
        raise refusal

    def claims(self, viewer: Viewer) -> Claims:
        """Return what an access token would say of who asks by the cookie.

        By the token before the current one, nobody has what was proved since: it was issued before.
        """
        session, user, now = viewer.session, viewer.user, self.resources.clock.now()
        proof = proof_at(session, now, self.resources.settings.step_up_ttl)
        proved_at = session.authenticated_at
        if viewer.token is not None and viewer.token.generation < session.generation:
            proof, proved_at = Authentication.of(session).login, session.created_at
        return Claims(
            user_id=user.id,
            session_id=session.id,
            token_id=str(session.id),
            roles=tuple(user.roles),
            issued_at=now,
            expires_at=session.expires_at,
            authenticated_at=proved_at,
            amr=proof.amr,
            acr=proof.acr,
        )

    async def renew_within(
        self, session: RefreshToken, held: OpenedToken | None
    ) -> OpenedToken | None:
        """Give a session another token, inside a transaction that holds its account.

        Two tabs whose person proves at once who they are end with the same one. Returns None for a
        session that no cookie stands for.

        Args:
            session: As it was read before; it has the other token afterwards.
            held: What the cookie held, if that is how they asked.
        """
        if session.transport != RefreshTokenTransport.SESSION.value:
            return None
        await session.refresh_from_db(("generation", "token_hash", "rotated_at"))
        if held is not None and (current := self._current_after(held, session)):
            return current
        follows = held is not None and _is_current(held, session)
        successors = self.codec.successors(held) if held is not None and follows else iter(())
        token = next(successors, None) or self.codec.first(session.id, session.generation + 1)
        session.generation, session.token_hash = token.generation, token.hash
        session.rotated_at = self.resources.clock.now()
        await session.save(update_fields=("generation", "token_hash", "rotated_at"))
        return token

    async def _viewer_by(self, token: OpenedToken) -> Viewer:
        viewer = await self.viewers.of_session(token.session_id)
        if not self._stands_for(token, viewer.session):
            # What is remembered may be of before the session was given another.
            viewer = await self.viewers.read(token.session_id)
            if not self._stands_for(token, viewer.session):
                raise Unauthenticated(UnauthenticatedReason.SESSION_REVOKED)
        return replace(viewer, token=token)

    def _stands_for(self, token: OpenedToken, session: RefreshToken) -> bool:
        return _is_current(token, session) or self._current_after(token, session) is not None

    def _current_after(self, token: OpenedToken, session: RefreshToken) -> OpenedToken | None:
        """The current token, for who holds the one before it and may not have heard of it yet."""
        at, now = session.rotated_at, self.resources.clock.now()
        is_previous = token.generation == session.generation - 1
        if not is_previous or at is None or not -self._window < now - at < self._window:
            return None
        return self.codec.stored_successor(token, session.token_hash)

    async def _record_use(self, session: RefreshToken) -> None:
        """Let the session live on from now, unless that was written a moment ago.

        Where it cannot be written, whoever asks is answered all the same.
        """
        now, session_id = self.resources.clock.now(), session.id
        not_since = now - self._use_interval
        if session.last_used_at >= not_since or session_id in self._writing:
            return
        self._writing.add(session_id)
        try:
            with suppress(DatabaseUnavailable), self.resources.database.use():
                await self.resources.statements.session_use.record(
                    Use(session_id, now, now + self._idle_ttl, not_since)
                )
            self.viewers.forget(session.user_id)
        finally:
            self._writing.discard(session_id)


def _is_current(token: OpenedToken, session: RefreshToken) -> bool:
    is_newest = token.generation == session.generation
    return is_newest and hmac.compare_digest(token.hash, session.token_hash)

"""Sessions: how they begin, how they are renewed, how they end."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import Enum
from uuid import UUID, uuid4

from authberry.client import Client, readable
from authberry.clock import Clock
from authberry.errors import (
    AuthError,
    InvalidCredentials,
    RefreshTokenInvalid,
    RefreshTokenMissing,
    SessionNotFound,
    Unauthenticated,
    UnauthenticatedReason,
)
from authberry.events import Event, SecurityLog
from authberry.mail import Notices
from authberry.models import Database, RefreshToken, Statements, User
from authberry.sessions.rotation import Rotation
from authberry.sessions.viewers import Viewer, Viewers
from authberry.settings import Settings
from authberry.signing import AccessToken, AccessTokens
from authberry.throttle import Budget, Throttle
from authberry.tokens import Claims, OpenedToken, RefreshTokenCodec

PAGE = 250
"""Sessions that are ended by one statement."""


class RefreshTokenTransport(Enum):
    """How a client holds its refresh token."""

    COOKIE = "COOKIE"
    BODY = "BODY"


@dataclass(frozen=True, slots=True)
class Issued:
    """What a login or a refresh ends with."""

    access_token: AccessToken
    refresh_token: str = field(repr=False)
    user: User
    session: RefreshToken

    @property
    def transport(self) -> RefreshTokenTransport:
        """How the client that began the session holds its refresh token."""
        return RefreshTokenTransport(self.session.transport)


class Sessions:
    """The life of sessions, each of which is one row."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        statements: Statements,
        viewers: Viewers,
        access_tokens: AccessTokens,
        notices: Notices,
        throttle: Throttle,
        log: SecurityLog,
        clock: Clock,
    ) -> None:
        """Compose the rules."""
        self._settings = settings
        self._database = database
        self._statements = statements
        self._viewers = viewers
        self._access_tokens = access_tokens
        self._throttle = throttle
        self._log = log
        self._clock = clock
        self._codec = RefreshTokenCodec(settings.secrets)
        self.rotation = Rotation(
            settings, database, statements, self._codec, viewers, notices, log, clock
        )

    async def begin(self, user: User, client: Client, transport: RefreshTokenTransport) -> Issued:
        """Begin a session for somebody who has just proved who they are by their password.

        Its id is always new, whatever the client sent. The oldest session gives way when there are
        too many. An account that was to be deleted stays.

        Raises:
            InvalidCredentials: the password was changed, or the account disabled, since `user` was
                read. Such a change ends every session, and this one would have come too late.
        """
        session, token = self._first(user, client, transport)
        with self._database.use():
            if not await self._statements.sessions.begin(session, user):
                raise InvalidCredentials
            if await self._stay(user):
                self._log.record(Event.DELETION_CANCELLED, client, user_id=user.id)
            if await self._end_oldest(session):
                await self._viewers.settle()
        return await self.issue(user, session, token)

    async def begin_within(
        self, user: User, client: Client, transport: RefreshTokenTransport, *, amr: str
    ) -> tuple[RefreshToken, OpenedToken]:
        """Do as `begin`, inside the transaction of what proves who it is; then settle and `issue`.

        Args:
            user: As they are in this transaction.
            client: Where.
            transport: How the client will hold the refresh token.
            amr: How it was proved (RFC 8176).
        """
        session, token = self._first(user, client, transport)
        session.amr = amr
        if not await self._statements.sessions.begin(session, user, in_transaction=True):
            raise InvalidCredentials
        await self._stay(user)
        await self._end_oldest(session, in_transaction=True)
        return session, token

    def _first(
        self, user: User, client: Client, transport: RefreshTokenTransport
    ) -> tuple[RefreshToken, OpenedToken]:
        now = self._clock.now()
        token = self._codec.first(uuid4())
        absolute = now + self._settings.refresh_absolute_ttl
        session = RefreshToken(
            id=token.session_id,
            user=user,
            token_hash=token.hash,
            transport=transport.value,
            authenticated_at=now,
            created_at=now,
            last_used_at=now,
            expires_at=min(now + self._settings.refresh_idle_ttl, absolute),
            absolute_expires_at=absolute,
            user_agent=readable(client.user_agent),
            ip_address=client.address,
        )
        return session, token

    async def refresh(self, presented: Sequence[str], client: Client) -> Issued:
        """Rotate a refresh token, or hand out the successor it already has.

        Two tabs that race, a retry after a lost answer and ten tabs restored at once all end with
        one and the same token; a token used again after the window ends its session. A token that
        is still the current one comes back as it was presented.

        Args:
            presented: One token, or several where a browser sent several cookies of that name: the
                first good one wins.
            client: For the session list and the log.

        Raises:
            RefreshTokenMissing: nothing was presented.
            RefreshTokenInvalid: it was never ours, or its session is gone.
            RefreshTokenExpired: its session is past its idle or absolute limit.
            RefreshTokenReused: it was rotated away longer ago than the window; the session is over.
            SessionRevoked: its session was ended before.
            TooManyAttempts: from this network.
        """
        if not presented:
            raise RefreshTokenMissing
        await self._throttle.spend(
            client, Budget(self._settings.refresh_attempts, ("refresh", client.network))
        )
        unreadable: list[AuthError] = []
        refused: list[AuthError] = []
        for value, token in self._open_newest(presented, unreadable):
            try:
                with self._database.use():
                    session, current = await self.rotation.advance(token, client)
                issued = await self.issue(session.user, session, current)
                # What the client holds is not spelt anew under a newer secret: it can tell that
                # nothing has changed, and need not put this in the place of what came meanwhile.
                return replace(issued, refresh_token=value) if current is token else issued
            except AuthError as refusal:
                refused.append(refusal)
        # A lost race first: the cookie of a live session is not cleared for that of a dead one.
        raise min(refused or unreadable, key=lambda refusal: refusal.session_over)

    async def current(self, viewer: Viewer) -> RefreshToken:
        """Read the session of the person asking as it is now: when it was last used, from where.

        Raises:
            Unauthenticated: SESSION_REVOKED; it has ended in the meantime.
        """
        with self._database.use():
            session = await self._statements.sessions.with_user(viewer.session.id)
        if session is None or session.revoked_at is not None:
            raise Unauthenticated(UnauthenticatedReason.SESSION_REVOKED)
        return session

    async def live(self, user_id: UUID) -> list[RefreshToken]:
        """List a person's live sessions, newest use first."""
        with self._database.use():
            return await self._statements.sessions.live(user_id, self._clock.now())

    async def logout(self, claims: Claims | None, presented: Sequence[str], client: Client) -> None:
        """End the session that an access token or a refresh token names, of whatever generation.

        Doing it twice is a success, and so is doing it with tokens that name nothing.
        """
        tokens = self._open_newest(presented, [])
        ids = {token.session_id for _, token in tokens} | ({claims.session_id} if claims else set())
        for session_id in ids:
            if user_id := await self._end(session_id, "logout"):
                self._log.record(Event.LOGGED_OUT, client, user_id=user_id, session_id=session_id)

    async def revoke_token(self, token: str, client: Client) -> None:
        """End the session that a token of either kind names, for a service that was sent it.

        As `logout` does: an access token may have expired, a refresh token be of any generation,
        and whatever names no session names none that lives (RFC 7009, section 2.2).
        """
        try:
            claims = await self._access_tokens.verify(token, may_be_expired=True)
        except Unauthenticated:
            claims = None
        await self.logout(claims, [token], client)

    async def revoke(self, viewer: Viewer, session_id: str, client: Client) -> int:
        """End one session of the person asking; returns how many ended, which is one.

        Raises:
            SessionNotFound: theirs is none of that id: not live, somebody else's, or not an id.
            TooManyAttempts: by this person.
        """
        await self._throttle.spend(
            client, Budget(self._settings.session_attempts, ("revoke", str(viewer.user.id)))
        )
        try:
            wanted = UUID(session_id)
        except ValueError:
            raise SessionNotFound from None
        count = await self._end_many(viewer.user.id, "revoked", only=wanted)
        if count == 0:
            raise SessionNotFound
        self._log.record(
            Event.SESSIONS_REVOKED, client, user_id=viewer.user.id, session_id=wanted, count=1
        )
        return count

    async def revoke_others(
        self, viewer: Viewer, client: Client, *, include_current: bool = False
    ) -> int:
        """End every session of the person asking, this one only if asked to; returns how many."""
        await self._throttle.spend(
            client, Budget(self._settings.session_attempts, ("revoke", str(viewer.user.id)))
        )
        keep = None if include_current else viewer.session.id
        count = await self._end_many(viewer.user.id, "revoked", but=keep)
        self._log.record(Event.SESSIONS_REVOKED, client, user_id=viewer.user.id, count=count)
        return count

    async def revoke_all(self, user_id: UUID, client: Client, *, reason: str) -> int:
        """End every session of a person, for the operator; returns how many."""
        count = await self._end_many(user_id, reason)
        self._log.record(
            Event.SESSIONS_REVOKED, client, user_id=user_id, count=count, reason=reason
        )
        return count

    async def revoke_everyone(self, client: Client) -> int:
        """End every session that has begun by now, for the operator; returns how many.

        As after a backup was restored, in which sessions live that have ended since. A page at a
        time, so that no refresh waits long for a lock.
        """
        begun = self._clock.now()
        count, last = 0, UUID(int=0)
        while page := await self._live_behind(last, begun):
            with self._database.use():
                count += await RefreshToken.filter(id__in=page, revoked_at=None).update(
                    revoked_at=begun, revoked_reason="operator"
                )
            last = page[-1]
        await self._viewers.settle()
        self._log.record(Event.SESSIONS_REVOKED, client, count=count, reason="everyone")
        return count

    async def _live_behind(self, last: UUID, begun: datetime) -> list[UUID]:
        with self._database.use():
            live = RefreshToken.filter(revoked_at=None, expires_at__gt=begun, created_at__lte=begun)
            page = await live.filter(id__gt=last).order_by("id").limit(PAGE).values_list("id")
        return [session_id for (session_id,) in page]

    async def revoke_by_id(self, session_id: UUID, client: Client) -> bool:
        """End one session, for the operator; returns whether it was live."""
        user_id = await self._end(session_id, "operator")
        if user_id:
            self._log.record(
                Event.SESSIONS_REVOKED, client, user_id=user_id, session_id=session_id, count=1
            )
        return user_id is not None

    async def issue(self, user: User, session: RefreshToken, token: OpenedToken) -> Issued:
        """Sign an access token for a session, and seal its refresh token."""
        access_token = await self._access_tokens.issue(user, session)
        return Issued(access_token, self._codec.seal(token), user, session)

    def _open_newest(
        self, presented: Sequence[str], refusals: list[AuthError]
    ) -> list[tuple[str, OpenedToken]]:
        """Open what can be opened; of several tokens of one session, keep the newest.

        A cookie left behind under another path is then not taken for a thief's.
        """
        newest: dict[UUID, tuple[str, OpenedToken]] = {}
        for value in presented:
            try:
                token = self._codec.open(value)
            except RefreshTokenInvalid as refusal:
                refusals.append(refusal)
                continue
            known = newest.get(token.session_id)
            if known is None or known[1].generation < token.generation:
                newest[token.session_id] = (value, token)
        return list(newest.values())

    async def _stay(self, user: User) -> bool:
        """Cancel a deletion, for somebody who has just proved who they are, however they did.

        Returns whether there was one to cancel, to be recorded once that is committed.

        Raises:
            InvalidCredentials: it came first.
        """
        if user.deletes_at is None:
            return False
        if not await User.filter(id=user.id).update(deletes_at=None):
            raise InvalidCredentials
        user.deletes_at = None
        return True

    async def _end(self, session_id: UUID, reason: str) -> UUID | None:
        """End a session; returns whose it was, or None if it had ended before."""
        with self._database.use():
            session = await self._statements.sessions.with_user(session_id)
            if session is None:
                return None
            ended = await RefreshToken.filter(id=session_id, revoked_at=None).update(
                revoked_at=self._clock.now(), revoked_reason=reason
            )
        await self._viewers.settle()
        return session.user_id if ended else None

    async def _end_many(
        self, user_id: UUID, reason: str, *, only: UUID | None = None, but: UUID | None = None
    ) -> int:
        now = self._clock.now()
        with self._database.use():
            sessions = RefreshToken.filter(user_id=user_id, revoked_at=None, expires_at__gt=now)
            if only is not None:
                sessions = sessions.filter(id=only)
            if but is not None:
                sessions = sessions.exclude(id=but)
            count = await sessions.update(revoked_at=now, revoked_reason=reason)
        await self._viewers.settle()
        return count

    async def _end_oldest(self, session: RefreshToken, *, in_transaction: bool = False) -> bool:
        return await self._statements.sessions.end_surplus(
            session.user_id,
            session.created_at,
            self._settings.sessions_per_user,
            "too many sessions",
            in_transaction=in_transaction,
        )

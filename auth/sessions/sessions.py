"""Sessions: how they begin, how they are renewed, which there are."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from authberry.attempts import by_network
from authberry.client import Client
from authberry.errors import (
    AuthError,
    RefreshTokenInvalid,
    RefreshTokenMissing,
    SessionRevoked,
    Unauthenticated,
    UnauthenticatedReason,
)
from authberry.events import Event, TransactionEvents
from authberry.mail import Notices
from authberry.models import RefreshToken, User
from authberry.resources import Resources
from authberry.sessions.beginnings import Beginnings
from authberry.sessions.begun_session import BegunSession
from authberry.sessions.cookie_sessions import CookieSessions
from authberry.sessions.introspection import Introspection
from authberry.sessions.issued import Issued, RefreshTokenTransport
from authberry.sessions.live_sessions import LiveSessions
from authberry.sessions.presented import open_newest
from authberry.sessions.revocation import Revocation
from authberry.sessions.rotation import Rotation
from authberry.sessions.viewers import Viewer, Viewers
from authberry.signing import PASSWORD_PROOF, AccessTokens, Proof, proof_at
from authberry.throttle import Budget
from authberry.tokens import OpenedToken, RefreshTokenCodec


@dataclass(eq=False)
class Sessions:
    """The life of sessions, each of which is one row."""

    resources: Resources
    access_tokens: AccessTokens
    notices: Notices

    def __post_init__(self) -> None:
        """Wire the room's services."""
        resources, access_tokens = self.resources, self.access_tokens
        self._codec = codec = RefreshTokenCodec(resources.settings.secrets)
        self._cookie_codec = RefreshTokenCodec(resources.settings.secrets, "session cookie")
        self.viewers = Viewers(resources)
        self._beginnings = Beginnings(resources, codec)
        self.living = LiveSessions(resources)
        self.rotation = Rotation(resources, codec, self.viewers, self.notices)
        self.cookies = CookieSessions(resources, self._cookie_codec, self.viewers)
        codecs = (codec, self._cookie_codec)
        self.revocation = Revocation(resources, codecs, access_tokens, self.viewers)
        self.introspection = Introspection(
            resources, codec, access_tokens, self.viewers, self.rotation
        )

    async def begin(
        self,
        user: User,
        client: Client,
        transport: RefreshTokenTransport,
        *,
        proof: Proof = PASSWORD_PROOF,
        event: Event | None = None,
        only_without_factors: bool = False,
    ) -> Issued:
        """Begin a session for somebody who has just proved who they are.

        Its id is always new, whatever the client sent. The oldest session gives way when there are
        too many. An account that was to be deleted stays. All of it happens, or none; where it is
        one row on SQLite, by one statement (docs/decisions/0007).

        Args:
            user: As read when it was proved.
            client: Where.
            transport: How the client will hold the refresh token.
            proof: What was proved.
            event: What it is recorded as.
            only_without_factors: Whether the account is to have no second factor by then.

        Raises:
            InvalidCredentials: the password was changed, or the account disabled, since `user` was
                read. Such a change ends every session, and this one would have come too late.
            FactorsHeld: so would it behind the first factor, which was set up in the meantime.
        """
        begun = self._beginnings.new(user, client, transport, proof)
        session_id = begun.session.id
        if await self._beginnings.begin_alone(begun, only_without_factors=only_without_factors):
            if event:
                self.resources.log.record(event, client, user_id=user.id, session_id=session_id)
            return await self.complete(begun)
        async with self.resources.transaction() as events:
            await self._beginnings.begin_within(
                begun, client, events, only_without_factors=only_without_factors
            )
            if event:
                events.record(event, client, user_id=user.id, session_id=session_id)
        return await self.complete(begun)

    async def begin_within(
        self,
        user: User,
        client: Client,
        transport: RefreshTokenTransport,
        events: TransactionEvents,
        *,
        proof: Proof = PASSWORD_PROOF,
        only_without_factors: bool = False,
    ) -> BegunSession:
        """Do as `begin`, inside a transaction; `complete` follows once that is committed.

        Args:
            user: As they are in this transaction.
            client: Where.
            transport: How the client will hold the refresh token.
            events: Of this transaction.
            proof: What was proved.
            only_without_factors: As `begin`.
        """
        begun = self._beginnings.new(user, client, transport, proof)
        await self._beginnings.begin_within(
            begun, client, events, only_without_factors=only_without_factors
        )
        return begun

    async def complete(self, begun: BegunSession) -> Issued:
        """Issue the tokens of a session that has begun and is committed."""
        if begun.has_surplus:
            await self._beginnings.end_rest(begun.session)
        if begun.ended_others:
            await self.viewers.propagate()
        return await self.issue(begun.user, begun.session, begun.token)

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
            TooManyAttempts: from this network; or, where there is no window, in this session.
        """
        if not presented:
            raise RefreshTokenMissing
        await self._spend_refresh(client)
        unreadable: list[AuthError] = []
        refused: list[AuthError] = []
        for value, token in open_newest(self._codec, presented, unreadable):
            try:
                await self._spend_rotation(token, client)
                with self.resources.database.use():
                    session, current = await self.rotation.advance(token, client)
                issued = await self.issue(session.user, session, current)
                # What the client holds is not spelt anew under a newer secret: it can tell that
                # nothing has changed, and need not put this in the place of what came meanwhile.
                return replace(issued, refresh_token=value) if current is token else issued
            except AuthError as refusal:
                refused.append(refusal)
        # A lost race first: the cookie of a live session is not cleared for that of a dead one.
        raise min(refused or unreadable, key=lambda refusal: refusal.session_over)

    async def _spend_refresh(self, client: Client) -> None:
        limits = self.resources.settings.refresh_attempts
        await self.resources.throttle.spend(client, *by_network(limits, ("refresh",), client))

    async def _spend_rotation(self, token: OpenedToken, client: Client) -> None:
        """Count a rotation of one session, unless the window bounds them: there is one in each."""
        settings = self.resources.settings
        if not settings.refresh_window:
            session = ("refresh", "session", str(token.session_id))
            await self.resources.throttle.spend(client, Budget(settings.refresh_attempts, session))

    def recognises(self, presented: str) -> bool:
        """Whether this service has issued a refresh token, of whatever age; without a query."""
        return bool(open_newest(self._codec, [presented], []))

    async def is_held(self, user: User, presented: Sequence[str]) -> bool:
        """Whether one of these refresh tokens is of a live session of somebody.

        Nothing is done about it. Within `Database.use`.
        """
        for _, token in open_newest(self._codec, presented, []):
            session = await self.rotation.renewable(token)
            if session is not None and session.user_id == user.id:
                return True
        return False

    async def current(self, viewer: Viewer) -> RefreshToken:
        """Read the session of the person asking as it is now: when it was last used, from where.

        Raises:
            Unauthenticated: SESSION_REVOKED; it has ended in the meantime.
        """
        with self.resources.database.use():
            session = await self.resources.statements.sessions.with_user(viewer.session.id)
        if session is None or session.revoked_at is not None:
            raise Unauthenticated(UnauthenticatedReason.SESSION_REVOKED)
        return session

    async def live(self, user_id: UUID) -> list[RefreshToken]:
        """List a person's live sessions, newest use first."""
        with self.resources.database.use():
            return await self.resources.statements.sessions.live(
                user_id, self.resources.clock.now()
            )

    def proof(self, session: RefreshToken) -> Proof:
        """Return what a session's access tokens say, by now, of how it was proved."""
        return proof_at(session, self.resources.clock.now(), self.resources.settings.step_up_ttl)

    async def issue_for_cookie(self, presented: Sequence[str], client: Client) -> Issued:
        """Sign an access token for whoever asks by a session's cookie, which stays as it is.

        Raises:
            RefreshTokenInvalid: it is none of ours.
            SessionRevoked: its session has ended, or goes on with another token.
            TooManyAttempts: from this network.
        """
        await self._spend_refresh(client)
        try:
            viewer = await self.cookies.viewer(presented)
        except Unauthenticated as refusal:
            if refusal.reason is UnauthenticatedReason.TOKEN_INVALID:
                raise RefreshTokenInvalid from None
            raise SessionRevoked(session_over=False) from None
        return await self.issue_again(viewer.session)

    async def issue_again(self, session: RefreshToken) -> Issued:
        """Sign an access token for a session that goes on with the refresh token that it has."""
        access_token = await self.access_tokens.issue(session.user, session)
        return Issued(access_token, "", session.user, session)

    async def issue(self, user: User, session: RefreshToken, token: OpenedToken) -> Issued:
        """Sign an access token for a session, and seal its refresh token, or its cookie's."""
        access_token = await self.access_tokens.issue(user, session)
        is_cookie = session.transport == RefreshTokenTransport.SESSION.value
        codec = self._cookie_codec if is_cookie else self._codec
        return Issued(access_token, codec.seal(token), user, session)

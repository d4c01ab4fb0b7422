"""How a session begins: one row, on the conditions of the account that it is for."""

from contextlib import suppress
from dataclasses import dataclass
from uuid import uuid4

from authberry.client import Client, readable
from authberry.errors import InvalidCredentials
from authberry.events import Event, TransactionEvents
from authberry.models import DatabaseUnavailable, RefreshToken, User
from authberry.models.statements import SURPLUS_PAGE
from authberry.resources import Resources
from authberry.sessions.begun_session import BegunSession, FactorsHeld
from authberry.sessions.issued import RefreshTokenTransport
from authberry.signing import PASSWORD_PROOF, Authentication, Proof
from authberry.tokens import RefreshTokenCodec


@dataclass(frozen=True, eq=False)
class Beginnings:
    """Writes the rows of sessions that begin, and ends those that there is no room for."""

    resources: Resources
    codec: RefreshTokenCodec

    def new(
        self, user: User, client: Client, transport: RefreshTokenTransport, proof: Proof
    ) -> BegunSession:
        """Make what is to be written."""
        now = self.resources.clock.now()
        token = self.codec.first(uuid4())
        absolute = now + self.resources.settings.refresh_absolute_ttl
        session = RefreshToken(
            id=token.session_id,
            user=user,
            token_hash=token.hash,
            transport=transport.value,
            authenticated_at=min(proof.proved_at or now, now),
            # A server of the release before knows one word, and takes none for a password.
            amr=None if proof.amr[:1] == PASSWORD_PROOF.amr else proof.amr[0],
            proofs=Authentication(proof).kept,
            created_at=now,
            last_used_at=now,
            expires_at=min(now + self.resources.settings.refresh_idle_ttl, absolute),
            absolute_expires_at=absolute,
            user_agent=readable(client.user_agent),
            ip_address=client.address,
        )
        return BegunSession(user, session, token)

    async def begin_alone(self, begun: BegunSession, *, only_without_factors: bool) -> bool:
        """Begin by one statement, if there is nothing else to write; returns whether it did."""
        if not self.resources.database.is_sqlite or begun.user.deletes_at is not None:
            return False
        limit = self.resources.settings.sessions_per_user
        with self.resources.database.use():
            return await self.resources.statements.sessions.begin_alone(
                begun.session, begun.user, limit, only_without_factors=only_without_factors
            )

    async def begin_within(
        self,
        begun: BegunSession,
        client: Client,
        events: TransactionEvents,
        *,
        only_without_factors: bool,
    ) -> None:
        """Begin it inside a transaction.

        Raises:
            InvalidCredentials, FactorsHeld: as `Sessions.begin`.
        """
        user, session = begun.user, begun.session
        if not await self.resources.statements.sessions.begin(session, user):
            raise InvalidCredentials
        # Asked behind it, which holds the account: what is found stays so until this is committed.
        # A condition of it would be of the time before it waited for whoever sets a factor up.
        if only_without_factors and not await self._has_no_factor(user):
            raise FactorsHeld
        if await self._cancel_deletion(user):
            events.record(Event.DELETION_CANCELLED, client, user_id=user.id)
        ended = await self._end_oldest(session)
        begun.ended_others, begun.has_surplus = bool(ended), ended >= SURPLUS_PAGE

    async def end_rest(self, session: RefreshToken) -> None:
        """End what the transaction left of a surplus, a page at a time, so that nobody waits long.

        Where it cannot be done, it is left to the person's next login: this one has happened.
        """
        with suppress(DatabaseUnavailable), self.resources.database.use():
            while await self._end_oldest(session) >= SURPLUS_PAGE:
                pass

    async def _has_no_factor(self, user: User) -> bool:
        return (await self.resources.statements.factors.held(user.id)).is_empty

    async def _cancel_deletion(self, user: User) -> bool:
        """Cancel a deletion, for somebody who has just proved who they are, however they did.

        Returns whether there was one to cancel.

        Raises:
            InvalidCredentials: it came first.
        """
        if user.deletes_at is None:
            return False
        if not await User.filter(id=user.id).update(deletes_at=None):
            raise InvalidCredentials
        user.deletes_at = None
        return True

    async def _end_oldest(self, session: RefreshToken) -> int:
        return await self.resources.statements.sessions.end_surplus(
            session.user_id,
            session.created_at,
            self.resources.settings.sessions_per_user,
            "too many sessions",
        )

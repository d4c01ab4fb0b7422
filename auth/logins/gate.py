"""The gate: whatever the way in, here a session begins, and nowhere else.

It looks at what was proved and at what the account and the policy ask for, and lets somebody in or
says what is missing. Before all of it is proved there is no session, no access token and no refresh
token. What an account asks for is looked up in the transaction that writes, which holds the
account: whoever sets its first factor up has been before, or comes behind and ends the session.
"""

from contextlib import suppress
from dataclasses import dataclass
from typing import TypeAlias

from tortoise.exceptions import IntegrityError

from authberry.client import Client
from authberry.errors import InvalidCredentials
from authberry.events import Event, TransactionEvents
from authberry.logins.outcomes import LoginOutcome, Unfinished
from authberry.logins.pending_logins import Purpose
from authberry.logins.second_factors import SecondFactors
from authberry.mail import Notices
from authberry.models import HeldFactors, User
from authberry.resources import Resources
from authberry.sessions import (
    BegunSession,
    FactorsHeld,
    Issued,
    RefreshTokenTransport,
    Sessions,
)
from authberry.signing import Proof

Entered: TypeAlias = BegunSession | Unfinished
"""What a way in has come to inside its transaction; `Gate.complete` follows the commit."""


@dataclass(frozen=True, eq=False)
class Gate:
    """Begins sessions for those who have proved who they are."""

    resources: Resources
    sessions: Sessions
    notices: Notices
    second_factors: SecondFactors

    async def enter(
        self,
        user: User,
        client: Client,
        transport: RefreshTokenTransport,
        proof: Proof,
    ) -> LoginOutcome:
        """Let somebody in who has just proved something, or say what else is wanted.

        Session, notice and event are there, or none of them.

        Raises:
            InvalidCredentials: as `Sessions.begin`.
        """
        held = await self.second_factors.resets.held(user, client)
        if held.is_empty and self.second_factors.missing_of_new(user) is None:
            with suppress(FactorsHeld):
                return await self._enter_without_factors(user, client, transport, proof)
        if self.second_factors.is_wanted(held, client, proof):
            return await self._ask_at_once(user, held, client, transport, proof)
        async with self.resources.transaction() as events:
            await self.resources.statements.users.hold(user.id)
            entered = await self.enter_within(user, client, transport, proof, events)
        return await self.complete(entered)

    async def _enter_without_factors(
        self, user: User, client: Client, transport: RefreshTokenTransport, proof: Proof
    ) -> Issued:
        """Let somebody in of whom nothing more is wanted; raises FactorsHeld if that has changed.

        Where there is nobody to tell, by as few statements as there can be.
        """
        with self.resources.database.use():
            is_news = await self.notices.is_news(user, client)
        if not is_news:
            event = Event.LOGIN_SUCCEEDED
            return await self.sessions.begin(
                user, client, transport, proof=proof, event=event, only_without_factors=True
            )
        async with self.resources.transaction() as events:
            begun = await self.sessions.begin_within(
                user, client, transport, events, proof=proof, only_without_factors=True
            )
            await self._tell(begun, client)
            self._record(begun, client, events, None)
        return await self.issue(begun)

    async def _ask_at_once(
        self,
        user: User,
        held: HeldFactors,
        client: Client,
        transport: RefreshTokenTransport,
        proof: Proof,
    ) -> Unfinished:
        """Ask for a second factor, whatever changes meanwhile: what waits for one lets nobody in.

        It rests on password and factors as they are here: where they are others by the time that
        it is written, it is over. So it is one statement, as of somebody without a factor.

        Raises:
            InvalidCredentials: the account was deleted meanwhile.
        """
        purpose, asked = Purpose.LOGIN, self.second_factors.ask_for_second
        with self.resources.database.use():
            try:
                unfinished = await asked(purpose, user, held, transport, proof)
            except IntegrityError:
                raise InvalidCredentials from None
        log = self.resources.log
        log.record(Event.SECOND_FACTOR_ASKED, client, user_id=user.id, reason=purpose.value)
        return unfinished

    async def enter_within(
        self,
        user: User,
        client: Client,
        transport: RefreshTokenTransport,
        proof: Proof,
        events: TransactionEvents,
        *,
        reason: str | None = None,
        payload: str | None = None,
    ) -> Entered:
        """Do so inside a transaction that holds the account; then `complete`.

        Args:
            user: Who has proved something.
            client: Where.
            transport: How the client will hold the refresh token.
            proof: What was proved.
            events: Of the transaction.
            reason: What the login is recorded with.
            payload: What `Completion.then` is to do, should a second factor be wanted first.
        """
        missing = await self.second_factors.missing(user, client, proof)
        if missing is not None:
            return await self._ask(missing, user, client, transport, proof, events, payload)
        return await self.admit(user, client, transport, proof, events, reason=reason)

    async def enter_registered(
        self,
        user: User,
        client: Client,
        transport: RefreshTokenTransport,
        proof: Proof,
        events: TransactionEvents,
    ) -> Entered:
        """Do so inside the transaction that makes the account, which is what is told of."""
        missing = self.second_factors.missing_of_new(user)
        if missing is not None:
            return await self._ask(missing, user, client, transport, proof, events)
        return await self._begin(user, client, transport, proof, events, is_news=False)

    async def admit(
        self,
        user: User,
        client: Client,
        transport: RefreshTokenTransport,
        proof: Proof,
        events: TransactionEvents,
        *,
        reason: str | None,
    ) -> BegunSession:
        """Begin a session for somebody of whom nothing more is wanted.

        Inside the transaction that holds the account, and in which that was decided.
        """
        is_news = await self.notices.is_news(user, client)
        begun = await self._begin(user, client, transport, proof, events, is_news=is_news)
        self._record(begun, client, events, reason)
        return begun

    async def complete(self, entered: Entered) -> LoginOutcome:
        """Issue the tokens, if there are any, once all of it is committed."""
        if not isinstance(entered, BegunSession):
            return entered
        return await self.issue(entered)

    async def issue(self, begun: BegunSession) -> Issued:
        """Issue the tokens of a session that has begun, once that is committed."""
        if begun.is_news:
            self.notices.wake()
        return await self.sessions.complete(begun)

    async def _ask(
        self,
        missing: Purpose,
        user: User,
        client: Client,
        transport: RefreshTokenTransport,
        proof: Proof,
        events: TransactionEvents,
        payload: str | None = None,
    ) -> Unfinished:
        events.record(Event.SECOND_FACTOR_ASKED, client, user_id=user.id, reason=missing.value)
        return await self.second_factors.ask(missing, user, transport, proof, payload)

    async def _begin(
        self,
        user: User,
        client: Client,
        transport: RefreshTokenTransport,
        proof: Proof,
        events: TransactionEvents,
        *,
        is_news: bool,
    ) -> BegunSession:
        begun = await self.sessions.begin_within(user, client, transport, events, proof=proof)
        if is_news:
            await self._tell(begun, client)
        return begun

    async def _tell(self, begun: BegunSession, client: Client) -> None:
        begun.is_news = True
        await self.notices.new_device(begun.user, client)

    @staticmethod
    def _record(
        begun: BegunSession, client: Client, events: TransactionEvents, reason: str | None
    ) -> None:
        events.record(
            Event.LOGIN_SUCCEEDED,
            client,
            user_id=begun.user.id,
            session_id=begun.session.id,
            reason=reason,
        )

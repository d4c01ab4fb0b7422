"""Step-up: proving once more who one is, and asking for that (RFC 9470)."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from authberry.client import Client
from authberry.errors import (
    InvalidProof,
    InvalidTicket,
    Unauthenticated,
    UnauthenticatedReason,
)
from authberry.events import Event, TransactionEvents
from authberry.logins.factor_resets import FactorResets
from authberry.logins.proving import PresentedProof, Prover
from authberry.models import RefreshToken
from authberry.resources import Resources
from authberry.sessions import Issued, Sessions, Viewer
from authberry.signing import Authentication, Proof
from authberry.tokens import AAL2, Claims, OpenedToken, reaches

RECENT = timedelta(minutes=5)
"""How old a login may be for what cannot be taken back."""


@dataclass(frozen=True, eq=False)
class StepUp:
    """Takes a fresh proof of somebody who is logged in, and tells who has to give one."""

    resources: Resources
    sessions: Sessions
    prover: Prover
    resets: FactorResets

    async def reauthenticate(
        self, viewer: Viewer, presented: PresentedProof, client: Client
    ) -> Issued:
        """Prove once more who one is; the session goes on, and its next tokens say so.

        It costs of the budgets of the session and of all the account's sessions.

        Raises:
            InvalidProof: it is not good; or the challenge of a passkey is not one of ours, or was
                answered before.
            InvalidInput: the password is no text, or too long; this costs nothing.
            TooManyAttempts: in this session, or in all sessions of the account.
            Unauthenticated: the session has ended in the meantime.
        """
        presented.require_well_formed()
        session = await self._session(viewer)
        attempt = await self.resources.attempts.proof(session, client)
        user_id, session_id = session.user_id, session.id
        try:
            with self.resources.database.use():
                checked = await self.prover.any(session.user, presented)
            async with self.resources.transaction() as events:
                second = checked.factor.proof if checked.factor else None
                token = await self._raise(session, viewer, second)
                if checked.factor is not None:
                    await self.prover.factors.use(checked.factor)
                    await self.resets.cancel_within(session.user, client, events)
                    await self.resets.tell_of_recovery_code(
                        checked.factor, session.user, client, events
                    )
                events.record(Event.REAUTHENTICATED, client, user_id=user_id, session_id=session_id)
        except (InvalidProof, InvalidTicket):
            self.resources.log.record(
                Event.PROOF_FAILED, client, user_id=user_id, session_id=session_id
            )
            raise InvalidProof from None
        await self.resources.attempts.restore(attempt)
        self.resets.mail.notices.wake()
        return await self._issue(session, token)

    async def take_proof(
        self,
        viewer: Viewer,
        proof: Proof,
        client: Client,
        use: Callable[[TransactionEvents], Awaitable[None]],
    ) -> Issued:
        """Do so with what somebody has proved elsewhere, which `use` uses up in the transaction.

        Raises:
            Unauthenticated: the session has ended in the meantime.
        """
        session = await self._session(viewer)
        async with self.resources.transaction() as events:
            await use(events)
            second = proof if reaches(proof.acr, AAL2) else None
            token = await self._raise(session, viewer, second, proof.proved_at)
            events.record(
                Event.REAUTHENTICATED, client, user_id=session.user_id, session_id=session.id
            )
        return await self._issue(session, token)

    async def require(self, claims: Claims, viewer: Viewer) -> None:
        """Have somebody prove who they are unless they just did, before what is not undone.

        Whoever has a second factor has to have proved it, too.

        Raises:
            StepUpRequired: the login is too old, or of one factor.
        """
        with self.resources.database.use():
            held = await self.resources.statements.factors.held(viewer.user.id)
        claims.require_recent(
            self.resources.clock.now(), max_age=RECENT, acr=None if held.is_empty else AAL2
        )

    async def _session(self, viewer: Viewer) -> RefreshToken:
        """Read the session in rows of one's own: those of the viewer are shared."""
        with self.resources.database.use():
            session = await RefreshToken.with_user(viewer.session.id)
        if session is None:
            raise Unauthenticated(UnauthenticatedReason.SESSION_REVOKED)
        return session

    async def _raise(
        self,
        session: RefreshToken,
        viewer: Viewer,
        second: Proof | None,
        proved_at: datetime | None = None,
    ) -> OpenedToken | None:
        """Let the session know of a proof of now, or of when it was; a second factor raises it.

        Returns what its cookie holds from now on, if a cookie stands for it.
        """
        now, lasts = self.resources.clock.now(), self.resources.settings.step_up_ttl
        await self.resources.statements.users.hold(session.user_id)
        if second is not None:
            session.proofs = Authentication.of(session).raised(second, now, lasts).kept
        session.authenticated_at = max(session.authenticated_at, min(proved_at or now, now))
        live = RefreshToken.filter(id=session.id, revoked_at=None)
        changes = {"authenticated_at": session.authenticated_at, "proofs": session.proofs}
        if not await live.update(**changes):
            raise Unauthenticated(UnauthenticatedReason.SESSION_REVOKED)
        return await self.sessions.cookies.renew_within(session, viewer.token)

    async def _issue(self, session: RefreshToken, token: OpenedToken | None) -> Issued:
        if token is None:
            return await self.sessions.issue_again(session)
        return await self.sessions.issue(session.user, session, token)

"""What a browser brings back from a provider, acted upon: a login, a link, or one more proof."""

from dataclasses import dataclass, replace

from authberry.client import Client
from authberry.errors import (
    ExternalLoginFailed,
    IdentityInUse,
    InvalidProof,
    InvalidTicket,
    Unauthenticated,
    UnauthenticatedReason,
)
from authberry.events import Event, TransactionEvents
from authberry.identities.answers import Answered, HeldSecrets, Purpose, WantedLogin
from authberry.identities.arrivals import Arrivals
from authberry.identities.journeys import Journeys
from authberry.identities.linking import Linking
from authberry.identities.outcomes import Completed, ExternalOutcome, Linked
from authberry.identities.pending import PendingExternalLogins
from authberry.logins import StepUp
from authberry.providers import ExternalAccount, ExternalLoginRefused
from authberry.resources import Resources
from authberry.sessions import Issued, RefreshTokenTransport, Viewer

BACK = (Purpose.LOGIN, Purpose.LINK, Purpose.REAUTHENTICATION)


@dataclass(frozen=True, eq=False)
class ExternalCompletion:
    """Ends logins at providers."""

    resources: Resources
    pending: PendingExternalLogins
    journeys: Journeys
    arrivals: Arrivals
    linking: Linking
    step_up: StepUp

    async def find(self, ticket: str | None, held: HeldSecrets) -> Answered:
        """Find what has come back.

        Raises:
            InvalidTicket: nothing has, or it took too long, or it was begun elsewhere.
        """
        with self.resources.database.use():
            return await self.pending.find(ticket, held, *BACK)

    async def complete(
        self, answered: Answered, viewer: Viewer | None, client: Client
    ) -> Completed:
        """Do what it was begun for.

        Args:
            answered: As found.
            viewer: Who is logged in, where it was begun by somebody who is.
            client: Where.

        Raises:
            ExternalLoginFailed: the provider has let nobody in, or its answer cannot be used.
            IdentityInUse: what is to be linked logs in to another account.
            InvalidProof: the account is disabled; or it was to be proved once more who is logged
                in, and somebody else has come back.
            InvalidTicket, RegistrationClosed, MailUnavailable, TooManyAttempts: as
                `Arrivals.arrive`.
            Unauthenticated: it was begun in a session, and this is another, or it has ended.
        """
        account = await self._account(answered)
        match answered.purpose:
            case Purpose.LOGIN:
                outcome = await self.arrivals.arrive(answered, account, client)
            case Purpose.LINK:
                outcome = await self._link(answered, account, _same(answered, viewer), client)
            case _:
                outcome = await self._prove(answered, account, _same(answered, viewer), client)
        await self.journeys.restore(client)
        return Completed(outcome, answered.transport)

    async def log_in_with_id_token(
        self,
        provider: str,
        id_token: str,
        nonce: str | None,
        transport: RefreshTokenTransport,
        client: Client,
    ) -> Completed:
        """Log in with the ID token that an app has of its own, once.

        Raises:
            ExternalLoginFailed: it is not good.
            InvalidInput: there is no such provider.
            InvalidTicket: it was used before.
            ProviderAway: the keys of the provider cannot be fetched.
            InvalidProof, RegistrationClosed, MailUnavailable, TooManyAttempts: as `complete`.
        """
        try:
            account = await self.journeys.from_id_token(provider, id_token, nonce, client)
        except ExternalLoginRefused as refusal:
            raise ExternalLoginFailed(refusal.face) from None
        wanted = WantedLogin(account.provider, Purpose.LOGIN, "", transport)
        answered = self.pending.brought(wanted, account, id_token)
        return await self.complete(answered, None, client)

    async def _account(self, answered: Answered) -> ExternalAccount:
        """Return the account at the provider; a login that has failed is over."""
        if answered.account is not None:
            return answered.account
        with self.resources.database.use():
            await self.pending.use(answered)
        raise ExternalLoginFailed(answered.failure or "")

    async def _link(
        self, answered: Answered, account: ExternalAccount, viewer: Viewer, client: Client
    ) -> ExternalOutcome:
        await self.resources.attempts.change("identities", viewer.user.id, client)
        async with self.resources.transaction(conflict=IdentityInUse) as events:
            # A session that its owner has just ended links nothing any more.
            await self.linking.living.hold(viewer.session)
            await self.pending.use(answered)
            identity = await self.linking.link(
                viewer.user, account, client, events, session_id=viewer.session.id
            )
        self.linking.notices.wake()
        return Linked(identity)

    async def _prove(
        self, answered: Answered, account: ExternalAccount, viewer: Viewer, client: Client
    ) -> Issued:
        """Take it for a proof of who is logged in, if it is theirs."""
        user, session_id = viewer.user, viewer.session.id
        with self.resources.database.use():
            identity = await self.linking.find(account)
        if identity is None or identity.user_id != user.id:
            self.resources.log.record(
                Event.PROOF_FAILED, client, user_id=user.id, session_id=session_id
            )
            raise InvalidProof

        async def use(_events: TransactionEvents) -> None:
            await self.resources.statements.users.hold(user.id)
            await self.pending.use(answered)
            await self.linking.touch(identity, account)

        proof = replace(account.proof, proved_at=account.authenticated_at)
        return await self.step_up.take_proof(viewer, proof, client, use)


def _same(answered: Answered, viewer: Viewer | None) -> Viewer:
    """Make sure that whoever is logged in is who has begun, in the same session.

    Raises:
        InvalidTicket: it is somebody else, or another session.
        Unauthenticated: nobody is.
    """
    if viewer is None:
        raise Unauthenticated(UnauthenticatedReason.TOKEN_MISSING)
    if (viewer.user.id, viewer.session.id) != (answered.row.user_id, answered.row.session_id):
        raise InvalidTicket
    return viewer

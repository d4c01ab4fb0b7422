"""Which accounts at providers log in to whose account here, and that their owners are told."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID, uuid4

from authberry.client import Client
from authberry.errors import IdentityInUse, IdentityNotFound, InvalidTicket, LastWayIn
from authberry.events import Event, TransactionEvents
from authberry.identities.accounts_at_providers import read
from authberry.logins import has_way_in
from authberry.mail import Notices
from authberry.models import ExternalIdentity, User
from authberry.providers import ExternalAccount, Providers, UnknownProvider
from authberry.resources import Resources
from authberry.sessions import LiveSessions, Viewer


@dataclass(frozen=True, eq=False)
class Linking:
    """Links accounts at providers, and unlinks them."""

    resources: Resources
    providers: Providers
    living: LiveSessions
    notices: Notices

    async def of(self, user: User) -> Sequence[ExternalIdentity]:
        """List those of a person, the oldest first."""
        with self.resources.database.use():
            mine = ExternalIdentity.filter(user_id=user.id)
            return await mine.order_by("created_at", "id")

    async def find(self, account: ExternalAccount) -> ExternalIdentity | None:
        """Find what an account at a provider logs in to; within `Database.use`."""
        return await ExternalIdentity.get_or_none(
            issuer=account.issuer, subject=account.subject
        ).select_related("user")

    async def add(
        self, user: User, account: ExternalAccount, *, is_proved: bool
    ) -> ExternalIdentity:
        """Link one that nobody has, inside a transaction whose conflict says that somebody has."""
        now = self.resources.clock.now()
        return await ExternalIdentity.create(
            id=uuid4(),
            user=user,
            provider=account.provider,
            issuer=account.issuer,
            subject=account.subject,
            email=account.email,
            is_proved=is_proved,
            created_at=now,
            last_used_at=now,
        )

    async def touch(self, identity: ExternalIdentity, account: ExternalAccount) -> None:
        """Keep that one was used, and what the provider says of it by now.

        Inside a transaction that holds the account.

        Raises:
            InvalidTicket: it has been unlinked meanwhile.
        """
        linked = ExternalIdentity.filter(id=identity.id)
        if not await linked.update(last_used_at=self.resources.clock.now(), email=account.email):
            raise InvalidTicket

    async def link(
        self,
        user: User,
        account: ExternalAccount,
        client: Client,
        events: TransactionEvents,
        *,
        session_id: UUID | None = None,
    ) -> ExternalIdentity:
        """Link one to the account of somebody who has proved that it is theirs; they are told.

        Inside a transaction. What is linked to them already stays as it is.

        Raises:
            IdentityInUse: it logs in to another account.
        """
        found = await self.find(account)
        if found is not None:
            if found.user_id != user.id:
                raise IdentityInUse
            return found
        # Of an account whose address is not proved, anybody may be the owner.
        identity = await self.add(user, account, is_proved=user.email_verified)
        await self.tell(user, account, client)
        events.record(Event.IDENTITY_LINKED, client, user_id=user.id, session_id=session_id)
        return identity

    async def link_payload(
        self, payload: str, user: User, client: Client, events: TransactionEvents
    ) -> None:
        """Do so at the end of a login that had to be completed first; see `Completion.then`.

        Raises:
            InvalidTicket: somebody else has linked it meanwhile.
        """
        try:
            await self.link(user, read(payload), client, events)
        except IdentityInUse:
            raise InvalidTicket from None

    async def tell(self, user: User, account: ExternalAccount, client: Client) -> None:
        """Tell somebody of a link, at their address here and at the one there if it is theirs."""
        name, email = self.name(account.provider), account.email
        await self.notices.identity_linked(user, client, name, email)
        if email and account.email_verified and email.casefold() != user.email.casefold():
            await self.notices.identity_linked(user, client, name, email, to=email)

    async def unlink(self, viewer: Viewer, identity_id: str, client: Client) -> None:
        """Unlink one.

        Raises:
            IdentityNotFound: the person has none of this id.
            LastWayIn: nobody could log in to the account any more.
            TooManyAttempts: to this account, in all its sessions.
            Unauthenticated: the session has ended in the meantime.
        """
        user = viewer.user
        await self.resources.attempts.change("identities", user.id, client)
        async with self.resources.transaction() as events:
            # Of two who unlink the last two, one does.
            await self.living.hold(viewer.session)
            mine = await ExternalIdentity.filter(user_id=user.id)
            identity = next((one for one in mine if str(one.id) == identity_id), None)
            if identity is None:
                raise IdentityNotFound
            if not await has_way_in(self.resources, user.id, without=identity.id):
                raise LastWayIn
            await identity.delete()
            await self.notices.identity_unlinked(user, client, self.name(identity.provider))
            events.record(
                Event.IDENTITY_UNLINKED, client, user_id=user.id, session_id=viewer.session.id
            )
        self.notices.wake()

    def name(self, provider: str) -> str:
        """What people know a provider by; of one that is configured no more, what we called it."""
        try:
            return self.providers.find(provider).name
        except UnknownProvider:
            return provider

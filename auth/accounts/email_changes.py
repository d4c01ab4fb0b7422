"""Changing the address: proved at the new one, told at the old one, which can undo it.

The link that undoes is made with the change, not when its mail is sent: so there is an order among
several changes, and an undoing voids exactly those that came after what it undoes. Until the mail
is sent the token waits in its order, encrypted.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from authberry import email_addresses
from authberry.accounts.new_addresses import new_address
from authberry.accounts.reserved_addresses import ReservedAddresses
from authberry.client import Client
from authberry.errors import EmailTaken, InvalidInput, InvalidToken
from authberry.events import Event
from authberry.links import AlreadyConfirmed, Links, basis
from authberry.logins import PasswordLogins
from authberry.mail import Mail, MailContent, MailKind, QueuedMail
from authberry.models import ExternalIdentity, OneTimeToken, User
from authberry.passwords import prepare
from authberry.resources import Resources
from authberry.sessions import Sessions, Viewer
from authberry.settings import LinkPurpose


@dataclass(frozen=True, eq=False)
class EmailChanges:
    """Lets people take another address, and the owners of the former one take it back."""

    resources: Resources
    reserved: ReservedAddresses
    logins: PasswordLogins
    sessions: Sessions
    links: Links
    mail: Mail

    async def request(
        self, viewer: Viewer, new_email: str, password: str | None, client: Client
    ) -> None:
        """Ask for a link at the new address; it says nothing of whether somebody has that.

        Raises:
            InvalidInput: this is no address, or the one that the account has; or no password.
            InvalidCredentials: the password is wrong.
            StepUpRequired: as `PasswordLogins.prove`.
            MailUnavailable: no mail is sent here.
            TooManyAttempts: as `PasswordLogins.prove`; or of mails.
        """
        self.mail.outbox.require()
        address, prepared = (
            new_address(self.resources.settings, new_email, field="newEmail"),
            None if password is None else prepare(password),
        )
        session = await self.logins.prove(viewer, prepared, client)
        user = session.user
        if address == user.email:
            raise InvalidInput("newEmail", "This is your e-mail address already.")
        await self.mail.requests.spend(address, client)
        async with self.resources.transaction() as events:
            await self.sessions.living.hold(session)
            await self.mail.outbox.put(
                MailKind.CONFIRM_EMAIL_CHANGE,
                address,
                client,
                within=self.links.lifetime(LinkPurpose.CONFIRM_EMAIL_CHANGE),
                user_id=str(user.id),
                basis=basis(user),
                verified=_written(user),
            )
            events.record(
                Event.EMAIL_CHANGE_REQUESTED, client, user_id=user.id, session_id=session.id
            )
        self.mail.outbox.wake()

    async def confirm(self, token: str, client: Client) -> User:
        """Take the new address, which the link has proved; whoever is logged in stays so.

        All of it happens, or none: a link to an address that has been taken stays as it is. Whoever
        opens the link again within its time gets the same answer.

        Raises:
            InvalidToken: the link is not good.
            EmailTaken: somebody has the address by now, or may have it back.
            TooManyAttempts: from this network.
        """
        purpose = LinkPurpose.CONFIRM_EMAIL_CHANGE
        try:
            async with self.links.tokens.presented(token, purpose, client) as found:
                await self._take(found, client)
        except AlreadyConfirmed as already:
            return already.user
        await self.sessions.viewers.propagate()
        self.mail.outbox.wake()
        return found.user

    async def _take(self, token: OneTimeToken, client: Client) -> None:
        before = token.user.clone(pk=token.user.id)
        async with self.resources.transaction(conflict=EmailTaken) as events:
            address = email_addresses.stored(token.email or "")
            await self.links.tokens.use(token, **address, email_verified=True)
            await self.reserved.refuse_reserved(token.user)
            await self._queue_notice(before, token.user, client)
            events.record(Event.EMAIL_CHANGED, client, user_id=token.user.id)

    async def undo(self, token: str, client: Client) -> User:
        """Give an account its former address back, and shut out whoever changed it.

        Every session ends, and the password is gone, for whoever changed the address knew it; so
        are the logins at providers. A link that sets a new password is mailed to the restored
        address.

        Raises:
            InvalidToken: the link is not good.
            EmailTaken: somebody else has the address by now.
            TooManyAttempts: from this network.
        """
        purpose = LinkPurpose.UNDO_EMAIL_CHANGE
        async with (
            self.links.tokens.presented(token, purpose, client) as found,
            self.resources.transaction(conflict=EmailTaken) as events,
        ):
            await self._restore(found, client)
            events.record(Event.EMAIL_CHANGE_UNDONE, client, user_id=found.user.id)
        await self.sessions.viewers.propagate()
        self.mail.outbox.wake()
        return found.user

    async def _restore(self, token: OneTimeToken, client: Client) -> None:
        await self.links.tokens.use(
            token,
            **email_addresses.stored(token.email or ""),
            email_verified=True,
            password_hash=None,
        )
        user = token.user
        await self.sessions.revocation.end_within(user.id, "email change undone")
        await ExternalIdentity.filter(user_id=user.id).delete()
        # Also the links at addresses that a thief has had since. What undoes an earlier change
        # stays: that the address before it is restored is for its owner to decide.
        await OneTimeToken.filter(user_id=user.id, created_at__gte=token.created_at).delete()
        await self.mail.outbox.put(
            MailKind.RESET_PASSWORD,
            user.email,
            client,
            within=self.links.lifetime(LinkPurpose.RESET_PASSWORD),
        )

    async def _queue_notice(self, before: User, after: User, client: Client) -> None:
        """Queue the notice to the former address, inside the transaction of the change.

        None to one that was never proved where addresses are: it may be a stranger's, mistyped, and
        what is sent there takes the account over.
        """
        proves_addresses = self.resources.settings.email_verification != "off"
        if proves_addresses and not before.email_verified:
            return
        purpose = LinkPurpose.UNDO_EMAIL_CHANGE
        token = await self.links.tokens.issue(after, purpose, email=before.email)
        await self.mail.outbox.put(
            MailKind.EMAIL_CHANGED,
            before.email,
            client,
            within=self.links.lifetime(purpose),
            token=token,
            new_email=after.email,
            at=self.resources.clock.now().isoformat(),
        )

    async def compose_confirmation(self, queued: QueuedMail) -> MailContent | None:
        """A link to the address, unless somebody has it or may have it back; they are not bothered.

        Nor if the account has changed since: whoever has set a new password meanwhile has shut out
        whoever asked.
        """
        address = queued.to
        with self.resources.database.use():
            user = await User.get_or_none(id=UUID(queued.facts["user_id"]))
            if user is None or user.disabled_at is not None:
                return None
            spellings = email_addresses.AddressForms.of(address).spellings
            owner = await self.resources.statements.users.by_email(spellings)
            if owner is not None and owner.id != user.id:
                return None
            if await self.reserved.is_reserved(address, user):
                return None
        if basis(user) != queued.facts["basis"]:
            return None
        # Of an account that was handed over to whoever reads its mail, even without a password.
        if queued.facts.get("verified", _written(user)) != _written(user):
            return None
        link = await self.links.issue(user, LinkPurpose.CONFIRM_EMAIL_CHANGE, email=address)
        values = {"name": user.name, "new_email": address, **link}
        return MailContent(address, values, user.id, user.locale)

    async def compose_notice(self, queued: QueuedMail) -> MailContent | None:
        """What was changed, and the link that undoes it, unless it has been undone."""
        purpose, token = LinkPurpose.UNDO_EMAIL_CHANGE, queued.facts["token"]
        try:
            found = await self.links.tokens.find(token, purpose)
        except InvalidToken:
            return None
        values = {
            "name": found.user.name,
            "old_email": queued.to,
            "new_email": queued.facts["new_email"],
            "at": datetime.fromisoformat(queued.facts["at"]),
            **self.links.values(purpose, token),
        }
        return MailContent(queued.to, values, found.user.id, found.user.locale)


def _written(user: User) -> str:
    """Whether the address is proved, as a queued mail has it."""
    return "yes" if user.email_verified else "no"

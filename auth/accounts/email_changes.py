"""Changing the address: proved at the new one, told at the old one, which can undo it.

The link that undoes is made with the change, not when its mail is sent: so there is an order among
several changes, and an undoing voids exactly those that came after what it undoes. Until the mail
is sent the token waits in its order, encrypted.
"""

from datetime import datetime
from uuid import UUID

from tortoise.exceptions import IntegrityError

from authberry import email_addresses
from authberry.accounts.accounts import Accounts
from authberry.accounts.reserved_addresses import ReservedAddresses
from authberry.client import Client
from authberry.clock import Clock
from authberry.errors import EmailTaken, InvalidInput, InvalidToken
from authberry.events import Event, SecurityLog
from authberry.links import Links, OneTimeTokens, basis
from authberry.mail import MailContent, MailKind, MailRequests, Outbox, QueuedMail
from authberry.models import Database, OneTimeToken, RefreshToken, User
from authberry.passwords import prepare
from authberry.sessions import Viewer, Viewers
from authberry.settings import LinkPurpose, Settings


class EmailChanges:
    """Lets people take another address, and the owners of the former one take it back."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        addresses: ReservedAddresses,
        accounts: Accounts,
        viewers: Viewers,
        tokens: OneTimeTokens,
        links: Links,
        outbox: Outbox,
        requests: MailRequests,
        log: SecurityLog,
        clock: Clock,
    ) -> None:
        """Compose the rules."""
        self._proves_addresses = settings.email_verification != "off"
        self._database = database
        self._addresses = addresses
        self._accounts = accounts
        self._viewers = viewers
        self._tokens = tokens
        self._links = links
        self._outbox = outbox
        self._requests = requests
        self._log = log
        self._clock = clock
        outbox.compose(MailKind.CONFIRM_EMAIL_CHANGE, self._write_to_new)
        outbox.compose(MailKind.EMAIL_CHANGED, self._write_to_old)

    async def request(self, viewer: Viewer, new_email: str, password: str, client: Client) -> None:
        """Ask for a link at the new address; it says nothing of whether somebody has that.

        Raises:
            InvalidInput: this is no address, or the one that the account has; or no password.
            InvalidCredentials: the password is wrong.
            MailUnavailable: no mail is sent here.
            TooManyAttempts: the budget of logging in, or of mails.
        """
        self._outbox.require()
        address, prepared = (
            email_addresses.normalize(new_email, field="newEmail"),
            prepare(password),
        )
        session = await self._accounts.prove(viewer, prepared, client)
        user = session.user
        if address == user.email:
            raise InvalidInput("newEmail", "This is your e-mail address already.")
        await self._requests.spend(address, client)
        with self._database.use():
            await self._outbox.put(
                MailKind.CONFIRM_EMAIL_CHANGE,
                address,
                client,
                within=self._tokens.lifetime(LinkPurpose.CONFIRM_EMAIL_CHANGE),
                user_id=str(user.id),
                basis=basis(user),
            )
        self._outbox.wake()
        self._log.record(
            Event.EMAIL_CHANGE_REQUESTED, client, user_id=user.id, session_id=session.id
        )

    async def confirm(self, token: str, client: Client) -> User:
        """Take the new address, which the link has proved; whoever is logged in stays so.

        All of it happens, or none: a link to an address that has been taken stays as it is.

        Raises:
            InvalidToken: the link is not good.
            EmailTaken: somebody has the address by now, or may have it back.
            TooManyAttempts: from this network.
        """
        purpose = LinkPurpose.CONFIRM_EMAIL_CHANGE
        async with self._tokens.presented(token, purpose, client) as found:
            before = found.user.clone(pk=found.user.id)
            with self._database.use():
                try:
                    async with self._database.transaction():
                        await self._tokens.use(found, email=found.email, email_verified=True)
                        await self._addresses.refuse_kept(found.user)
                        await self._tell(before, found.user, client)
                except IntegrityError:
                    raise EmailTaken from None
        await self._viewers.settle()
        self._outbox.wake()
        self._log.record(Event.EMAIL_CHANGED, client, user_id=found.user.id)
        return found.user

    async def undo(self, token: str, client: Client) -> User:
        """Give an account its former address back, and shut out whoever changed it.

        Every session ends, and the password is gone, for whoever changed the address knew it: a
        link that sets a new one is mailed to the restored address.

        Raises:
            InvalidToken: the link is not good.
            EmailTaken: somebody else has the address by now.
            TooManyAttempts: from this network.
        """
        purpose = LinkPurpose.UNDO_EMAIL_CHANGE
        async with self._tokens.presented(token, purpose, client) as found:
            with self._database.use():
                try:
                    async with self._database.transaction():
                        await self._restore(found, client)
                except IntegrityError:
                    raise EmailTaken from None
        await self._viewers.settle()
        self._outbox.wake()
        self._log.record(Event.EMAIL_CHANGE_UNDONE, client, user_id=found.user.id)
        return found.user

    async def _restore(self, token: OneTimeToken, client: Client) -> None:
        await self._tokens.use(token, email=token.email, email_verified=True, password_hash=None)
        user = token.user
        await RefreshToken.filter(user_id=user.id, revoked_at=None).update(
            revoked_at=self._clock.now(), revoked_reason="email change undone"
        )
        # Also the links at addresses that a thief has had since. What undoes an earlier change
        # stays: that the address before it is restored is for its owner to decide.
        await OneTimeToken.filter(user_id=user.id, created_at__gte=token.created_at).delete()
        await self._outbox.put(
            MailKind.RESET_PASSWORD,
            user.email,
            client,
            within=self._tokens.lifetime(LinkPurpose.RESET_PASSWORD),
        )

    async def _tell(self, before: User, after: User, client: Client) -> None:
        """QueuedMail the notice to the former address, inside the transaction of the change.

        None to one that was never proved where addresses are: it may be a stranger's, mistyped, and
        what is sent there takes the account over.
        """
        if self._proves_addresses and not before.email_verified:
            return
        purpose = LinkPurpose.UNDO_EMAIL_CHANGE
        token = await self._tokens.issue(after, purpose, email=before.email)
        await self._outbox.put(
            MailKind.EMAIL_CHANGED,
            before.email,
            client,
            within=self._tokens.lifetime(purpose),
            token=token,
            new_email=after.email,
            at=self._clock.now().isoformat(),
        )

    async def _write_to_new(self, order: QueuedMail) -> MailContent | None:
        """A link to the address, unless somebody has it or may have it back; they are not bothered.

        Nor if the account has changed since: whoever has set a new password meanwhile has shut out
        whoever asked.
        """
        with self._database.use():
            user = await User.get_or_none(id=UUID(order.facts["user_id"]))
            if user is None or user.disabled_at is not None or await User.exists(email=order.to):
                return None
            if await self._addresses.is_kept(order.to, user):
                return None
        if basis(user) != order.facts["basis"]:
            return None
        purpose = LinkPurpose.CONFIRM_EMAIL_CHANGE
        token = await self._tokens.issue(user, purpose, email=order.to)
        values = {
            "name": user.name,
            "link": self._links.to(purpose, token),
            "lifetime": self._tokens.lifetime(purpose),
            "new_email": order.to,
        }
        return MailContent(order.to, values, user.id, user.locale)

    async def _write_to_old(self, order: QueuedMail) -> MailContent | None:
        """What was changed, and the link that undoes it, unless it has been undone."""
        purpose = LinkPurpose.UNDO_EMAIL_CHANGE
        try:
            found = await self._tokens.find(order.facts["token"], purpose)
        except InvalidToken:
            return None
        values = {
            "name": found.user.name,
            "link": self._links.to(purpose, order.facts["token"]),
            "lifetime": self._tokens.lifetime(purpose),
            "old_email": order.to,
            "new_email": order.facts["new_email"],
            "at": datetime.fromisoformat(order.facts["at"]),
        }
        return MailContent(order.to, values, found.user.id, found.user.locale)

"""Registering: an account is made, and its address proved where that is asked for."""

from dataclasses import dataclass

from authberry.accounts.drafts import Draft, Drafts
from authberry.accounts.reserved_addresses import ReservedAddresses
from authberry.attempts import by_network
from authberry.client import Client
from authberry.errors import EmailTaken, RegistrationClosed
from authberry.events import Event
from authberry.links import Links
from authberry.logins import Gate, LoginOutcome
from authberry.mail import Mail, MailContent, MailKind, QueuedMail, recipient
from authberry.models import User
from authberry.passwords import PasswordHasher
from authberry.resources import Resources
from authberry.sessions import RefreshTokenTransport
from authberry.settings import LinkPurpose
from authberry.signing import PASSWORD_PROOF


@dataclass(frozen=True, eq=False)
class Registration:
    """Lets people make accounts for themselves."""

    resources: Resources
    drafts: Drafts
    reserved: ReservedAddresses
    hasher: PasswordHasher
    gate: Gate
    links: Links
    mail: Mail

    async def register(
        self,
        email: str,
        password: str,
        name: str | None,
        client: Client,
        transport: RefreshTokenTransport,
    ) -> LoginOutcome | None:
        """Make an account, and log its owner in.

        Where addresses have to be proved, nobody is logged in: a mail is sent, and the answer, the
        work and the time are the same whether or not there was such an account.

        Returns:
            A session; None where a mail says how to go on.

        Raises:
            RegistrationClosed: only the operator makes accounts here.
            InvalidInput: the address, the password or the name is not one.
            WeakPassword: with the reasons.
            EmailTaken: there is an account with that address; never where addresses are proved.
            TooManyAttempts: from this network or, of mails, to this address.
        """
        settings = self.resources.settings
        if settings.registration == "closed":
            raise RegistrationClosed
        await self.resources.throttle.spend(
            client, *by_network(settings.register_attempts, ("register",), client)
        )
        draft = await self.drafts.draft(email, password, name)
        if settings.email_verification == "required":
            await self._create_or_notify(draft, client)
            return None
        return await self._create(draft, client, transport)

    async def _create(
        self, draft: Draft, client: Client, transport: RefreshTokenTransport
    ) -> LoginOutcome:
        """Make the account, its first session, and the mail that proves its address if wanted.

        All of it, or nothing: whoever is told that it failed can try again.
        """
        settings = self.resources.settings
        proves_address = settings.email_verification != "off" and settings.sends_mail
        await self.reserved.refuse_taken(draft.user)
        if proves_address:
            await self.mail.requests.spend(draft.user.email, client)
        user = await self._hashed(draft)
        async with self.resources.transaction(conflict=EmailTaken) as events:
            await self.reserved.add(user)
            entered = await self.gate.enter_registered(
                user, client, transport, PASSWORD_PROOF, events
            )
            if proves_address:
                await self._queue(MailKind.VERIFY_EMAIL, user, client)
            events.record(Event.REGISTERED, client, user_id=user.id)
        if proves_address:
            self.mail.outbox.wake()
        return await self.gate.complete(entered)

    async def _create_or_notify(self, draft: Draft, client: Client) -> None:
        """Make the account unless there is one, and write to the address either way.

        One hash, one INSERT that may do nothing, one queued mail, one event: what differs is what
        they say.
        """
        await self.mail.requests.spend(draft.user.email, client)
        user = await self._hashed(draft)
        async with self.resources.transaction() as events:
            is_new = await self.resources.statements.users.add(user)
            if await self.reserved.is_reserved(user.email, user) and is_new:
                is_new = not await User.filter(id=user.id).delete()
            kind = MailKind.VERIFY_EMAIL if is_new else MailKind.ALREADY_REGISTERED
            await self._queue(kind, user, client)
            if is_new:
                events.record(Event.REGISTERED, client, user_id=user.id)
            else:
                events.record(Event.MAIL_REQUESTED, client, reason=kind.value)
        self.mail.outbox.wake()

    async def _hashed(self, draft: Draft) -> User:
        if draft.password is not None:
            draft.user.password_hash = await self.hasher.hash(draft.password)
        return draft.user

    async def _queue(self, kind: MailKind, user: User, client: Client) -> None:
        lifetime = self.links.lifetime(LinkPurpose.VERIFY_EMAIL)
        await self.mail.outbox.put(kind, user.email, client, within=lifetime)

    async def compose(self, queued: QueuedMail) -> MailContent | None:
        """Tell the owner, with a link that sets a new password.

        Also where the address was never proved: a stranger may have made the account and wait for
        its owner to come. The link proves the address, and replaces whatever password there is.
        """
        user = await recipient(self.resources, queued)
        if user is None:
            return None
        link = await self.links.issue(user, LinkPurpose.RESET_PASSWORD)
        return MailContent(user.email, {"name": user.name, **link}, user.id, user.locale)

"""Registering: an account is made, and its address proved where that is asked for."""

from tortoise.exceptions import IntegrityError

from authberry.accounts.accounts import Accounts, Draft
from authberry.accounts.reserved_addresses import ReservedAddresses
from authberry.client import Client
from authberry.errors import EmailTaken, RegistrationClosed
from authberry.events import Event, SecurityLog
from authberry.links import Links, OneTimeTokens
from authberry.mail import MailContent, MailKind, MailRequests, Outbox, QueuedMail
from authberry.models import Database, Statements, User
from authberry.passwords import Passwords
from authberry.sessions import Issued, RefreshTokenTransport, Sessions
from authberry.settings import LinkPurpose, Settings
from authberry.throttle import Budget, Throttle


class Registration:
    """Lets people make accounts for themselves."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        statements: Statements,
        addresses: ReservedAddresses,
        accounts: Accounts,
        passwords: Passwords,
        sessions: Sessions,
        tokens: OneTimeTokens,
        links: Links,
        outbox: Outbox,
        requests: MailRequests,
        throttle: Throttle,
        log: SecurityLog,
    ) -> None:
        """Compose the rules."""
        self._settings = settings
        self._database = database
        self._statements = statements
        self._addresses = addresses
        self._accounts = accounts
        self._passwords = passwords
        self._sessions = sessions
        self._tokens = tokens
        self._links = links
        self._outbox = outbox
        self._requests = requests
        self._throttle = throttle
        self._log = log
        self._lifetime = tokens.lifetime(LinkPurpose.VERIFY_EMAIL)
        outbox.compose(MailKind.ALREADY_REGISTERED, self._write_to_owner)

    async def register(
        self,
        email: str,
        password: str,
        name: str | None,
        client: Client,
        transport: RefreshTokenTransport,
    ) -> Issued | None:
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
        if self._settings.registration == "closed":
            raise RegistrationClosed
        await self._throttle.spend(
            client, Budget(self._settings.register_attempts, ("register", client.network))
        )
        if self._settings.email_verification == "required":
            await self._ask(await self._accounts.draft(email, password, name), client)
            return None
        if self._settings.email_verification == "off" or not self._settings.sends_mail:
            user = await self._accounts.create(email, password, name, client=client)
            return await self._sessions.begin(user, client, transport)
        user = await self._make(await self._accounts.draft(email, password, name), client)
        issued = await self._sessions.begin(user, client, transport)
        self._outbox.wake()
        return issued

    async def _make(self, draft: Draft, client: Client) -> User:
        """Make the account together with the order for the mail that proves its address."""
        await self._addresses.refuse_taken(draft.user)
        user = await self._hashed(draft, client)
        with self._database.use():
            try:
                async with self._database.transaction():
                    await user.save(force_create=True)
                    await self._addresses.refuse_kept(user)
                    await self._order(MailKind.VERIFY_EMAIL, user, client)
            except IntegrityError:
                raise EmailTaken from None
        self._log.record(Event.REGISTERED, client, user_id=user.id)
        return user

    async def _ask(self, draft: Draft, client: Client) -> None:
        """Make the account unless there is one, and write to the address either way.

        One hash, one INSERT that may do nothing, one order: what differs is what the mail says.
        """
        user = await self._hashed(draft, client)
        with self._database.use():
            async with self._database.transaction():
                is_new = await self._statements.users.add(user)
                if await self._addresses.is_kept(user.email, user) and is_new:
                    is_new = not await User.filter(id=user.id).delete()
                letter = MailKind.VERIFY_EMAIL if is_new else MailKind.ALREADY_REGISTERED
                await self._order(letter, user, client)
        self._outbox.wake()
        if is_new:
            self._log.record(Event.REGISTERED, client, user_id=user.id)
        else:
            self._log.record(Event.MAIL_REQUESTED, client, reason=letter.value)

    async def _hashed(self, draft: Draft, client: Client) -> User:
        await self._requests.spend(draft.user.email, client)
        if draft.password is not None:
            draft.user.password_hash = await self._passwords.hash(draft.password)
        return draft.user

    async def _order(self, letter: MailKind, user: User, client: Client) -> None:
        await self._outbox.put(letter, user.email, client, within=self._lifetime)

    async def _write_to_owner(self, order: QueuedMail) -> MailContent | None:
        """Tell the owner, with a link that sets a new password.

        Also where the address was never proved: a stranger may have made the account and wait for
        its owner to come. The link proves the address, and replaces whatever password there is.
        """
        user = await self._accounts.find_by_email(order.to)
        if user is None or user.disabled_at is not None:
            return None
        token = await self._tokens.issue(user, LinkPurpose.RESET_PASSWORD)
        values = {
            "name": user.name,
            "link": self._links.to(LinkPurpose.RESET_PASSWORD, token),
            "lifetime": self._tokens.lifetime(LinkPurpose.RESET_PASSWORD),
        }
        return MailContent(user.email, values, user.id, user.locale)

"""A forgotten password: a link by mail, and a new one set with it."""

from authberry.accounts import Accounts
from authberry.client import Client
from authberry.clock import Clock
from authberry.errors import InvalidToken
from authberry.events import Event, SecurityLog
from authberry.letters import Letter
from authberry.links import Links
from authberry.mail_requests import MailRequests
from authberry.models import Database, OneTimeToken, RefreshToken, User
from authberry.one_time_tokens import OneTimeTokens
from authberry.outbox import Mail, Order, Outbox
from authberry.passwords import Passwords, prepare
from authberry.settings import LinkPurpose, Settings
from authberry.throttle import Budget, Throttle
from authberry.viewers import Viewers


class Recovery:
    """Lets the owner of an address set a new password."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        accounts: Accounts,
        viewers: Viewers,
        passwords: Passwords,
        tokens: OneTimeTokens,
        links: Links,
        outbox: Outbox,
        requests: MailRequests,
        throttle: Throttle,
        log: SecurityLog,
        clock: Clock,
    ) -> None:
        """Compose the rules."""
        self._settings = settings
        self._database = database
        self._accounts = accounts
        self._viewers = viewers
        self._passwords = passwords
        self._tokens = tokens
        self._links = links
        self._outbox = outbox
        self._requests = requests
        self._throttle = throttle
        self._log = log
        self._clock = clock
        outbox.compose(Letter.RESET_PASSWORD, self._write)

    async def request(self, email: str, client: Client) -> None:
        """Ask for a link; the same answer, work and time whether or not there is an account.

        Raises:
            InvalidInput, MailUnavailable, TooManyAttempts: as `MailRequests.request`.
        """
        lifetime = self._tokens.lifetime(LinkPurpose.RESET_PASSWORD)
        await self._requests.request(Letter.RESET_PASSWORD, email, client, within=lifetime)

    async def reset(self, token: str, new_password: str, client: Client) -> None:
        """Set a new password with a link, and end every session; nobody is logged in by it.

        All of it happens, or none; a link whose new password is refused is still good. The link
        came by mail, so that the address is proved as well.

        Raises:
            InvalidToken: the link is not good.
            WeakPassword, InvalidInput: the new password is refused.
            TooManyAttempts: from this network.
        """
        prepared = prepare(new_password, field="newPassword")
        await self._throttle.spend(
            client, Budget(self._settings.link_attempts, ("link", client.network))
        )
        try:
            found = await self._tokens.find(token, LinkPurpose.RESET_PASSWORD)
            user = found.user
            accepted = self._accounts.accept(prepared, user.email, user.name)
            new_hash = await self._passwords.hash(accepted)
            with self._database.use():
                async with self._database.transaction():
                    await self._set(found, new_hash, client)
        except InvalidToken:
            self._log.record(Event.LINK_REFUSED, client, reason=LinkPurpose.RESET_PASSWORD.value)
            raise
        await self._viewers.settle()
        self._outbox.wake()
        self._log.record(Event.PASSWORD_RESET, client, user_id=user.id)

    async def _set(self, token: OneTimeToken, new_hash: str, client: Client) -> None:
        user = token.user
        await self._tokens.use(token)
        changed = await User.filter(
            id=user.id, email=user.email, password_hash=user.password_hash, disabled_at=None
        ).update(password_hash=new_hash, email_verified=True)
        if not changed:
            raise InvalidToken
        await RefreshToken.filter(user_id=user.id, revoked_at=None).update(
            revoked_at=self._clock.now(), revoked_reason="password reset"
        )
        if self._settings.security_notices:
            await self._outbox.put(Letter.PASSWORD_CHANGED, user.email, client)

    async def _write(self, order: Order) -> Mail | None:
        """A link for whoever has the address; nothing where nobody has, or the account is shut."""
        user = await self._accounts.find_by_email(order.to)
        if user is None or user.disabled_at is not None:
            return None
        token = await self._tokens.issue(user, LinkPurpose.RESET_PASSWORD)
        values = {
            "name": user.name,
            "link": self._links.to(LinkPurpose.RESET_PASSWORD, token),
            "lifetime": self._tokens.lifetime(LinkPurpose.RESET_PASSWORD),
            "address": order.client.address,
        }
        return Mail(user.email, values, user.id, user.locale)

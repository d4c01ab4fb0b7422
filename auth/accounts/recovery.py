"""A forgotten password: a link by mail, and a new one set with it."""

from authberry.accounts.accounts import Accounts
from authberry.client import Client
from authberry.clock import Clock
from authberry.events import Event, SecurityLog
from authberry.links import Links, OneTimeTokens
from authberry.mail import MailContent, MailKind, MailRequests, Notices, Outbox, QueuedMail
from authberry.models import Database, OneTimeToken, RefreshToken
from authberry.passwords import Passwords, prepare
from authberry.sessions import Viewers
from authberry.settings import LinkPurpose


class Recovery:
    """Lets the owner of an address set a new password."""

    def __init__(
        self,
        database: Database,
        accounts: Accounts,
        viewers: Viewers,
        passwords: Passwords,
        tokens: OneTimeTokens,
        links: Links,
        outbox: Outbox,
        requests: MailRequests,
        notices: Notices,
        log: SecurityLog,
        clock: Clock,
    ) -> None:
        """Compose the rules."""
        self._database = database
        self._accounts = accounts
        self._viewers = viewers
        self._passwords = passwords
        self._tokens = tokens
        self._links = links
        self._outbox = outbox
        self._requests = requests
        self._notices = notices
        self._log = log
        self._clock = clock
        outbox.compose(MailKind.RESET_PASSWORD, self._write)

    async def request(self, email: str, client: Client) -> None:
        """Ask for a link; the same answer, work and time whether or not there is an account.

        Raises:
            InvalidInput, MailUnavailable, TooManyAttempts: as `MailRequests.request`.
        """
        lifetime = self._tokens.lifetime(LinkPurpose.RESET_PASSWORD)
        await self._requests.request(MailKind.RESET_PASSWORD, email, client, within=lifetime)

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
        async with self._tokens.presented(token, LinkPurpose.RESET_PASSWORD, client) as found:
            user = found.user
            accepted = await self._accounts.accept(prepared, user.email, user.name)
            new_hash = await self._passwords.hash(accepted)
            with self._database.use():
                async with self._database.transaction():
                    await self._set(found, new_hash, client)
        await self._viewers.settle()
        self._notices.wake()
        self._log.record(Event.PASSWORD_RESET, client, user_id=user.id)

    async def _set(self, token: OneTimeToken, new_hash: str, client: Client) -> None:
        await self._tokens.use(token, password_hash=new_hash, email_verified=True)
        await RefreshToken.filter(user_id=token.user.id, revoked_at=None).update(
            revoked_at=self._clock.now(), revoked_reason="password reset"
        )
        await self._notices.password_changed(token.user, client)

    async def _write(self, order: QueuedMail) -> MailContent | None:
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
        return MailContent(user.email, values, user.id, user.locale)

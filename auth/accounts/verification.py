"""Proving an address: a link by mail, and whoever opens it can read what is sent there."""

from authberry.accounts.accounts import Accounts
from authberry.client import Client
from authberry.events import Event, SecurityLog
from authberry.links import Links, OneTimeTokens
from authberry.mail import MailContent, MailKind, MailRequests, Outbox, QueuedMail
from authberry.models import Database, User
from authberry.sessions import Viewers
from authberry.settings import LinkPurpose


class Verification:
    """Lets the owner of an address prove that it is theirs."""

    def __init__(
        self,
        database: Database,
        accounts: Accounts,
        viewers: Viewers,
        tokens: OneTimeTokens,
        links: Links,
        outbox: Outbox,
        requests: MailRequests,
        log: SecurityLog,
    ) -> None:
        """Compose the rules."""
        self._database = database
        self._accounts = accounts
        self._viewers = viewers
        self._tokens = tokens
        self._links = links
        self._requests = requests
        self._log = log
        outbox.compose(MailKind.VERIFY_EMAIL, self._write)

    async def request(self, email: str, client: Client) -> None:
        """Ask for a link; the same whether or not there is an account, or one that is proved.

        Raises:
            InvalidInput, MailUnavailable, TooManyAttempts: as `MailRequests.request`.
        """
        lifetime = self._tokens.lifetime(LinkPurpose.VERIFY_EMAIL)
        await self._requests.request(MailKind.VERIFY_EMAIL, email, client, within=lifetime)

    async def verify(self, token: str, client: Client) -> User:
        """Take the address for proved; nobody is logged in by it.

        Raises:
            InvalidToken: the link is not good.
            TooManyAttempts: from this network.
        """
        async with self._tokens.presented(token, LinkPurpose.VERIFY_EMAIL, client) as found:
            with self._database.use():
                async with self._database.transaction():
                    await self._tokens.use(found, email_verified=True)
        await self._viewers.settle()
        self._log.record(Event.EMAIL_VERIFIED, client, user_id=found.user.id)
        return found.user

    async def _write(self, order: QueuedMail) -> MailContent | None:
        """A link for whoever has the address and has not proved it."""
        user = await self._accounts.find_by_email(order.to)
        if user is None or user.disabled_at is not None or user.email_verified:
            return None
        token = await self._tokens.issue(user, LinkPurpose.VERIFY_EMAIL)
        values = {
            "name": user.name,
            "link": self._links.to(LinkPurpose.VERIFY_EMAIL, token),
            "lifetime": self._tokens.lifetime(LinkPurpose.VERIFY_EMAIL),
        }
        return MailContent(user.email, values, user.id, user.locale)

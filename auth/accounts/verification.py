"""Proving an address: a link by mail, and whoever opens it can read what is sent there."""

from dataclasses import dataclass

from authberry.client import Client
from authberry.events import Event
from authberry.links import AlreadyConfirmed, Links
from authberry.mail import MailContent, MailKind, MailRequests, QueuedMail, recipient
from authberry.models import User
from authberry.resources import Resources
from authberry.sessions import Sessions
from authberry.settings import LinkPurpose


@dataclass(frozen=True, eq=False)
class Verification:
    """Lets the owner of an address prove that it is theirs."""

    resources: Resources
    sessions: Sessions
    links: Links
    requests: MailRequests

    async def request(self, email: str, client: Client) -> None:
        """Ask for a link; the same whether or not there is an account, or one that is proved.

        Raises:
            InvalidInput, MailUnavailable, TooManyAttempts: as `MailRequests.request`.
        """
        lifetime = self.links.lifetime(LinkPurpose.VERIFY_EMAIL)
        await self.requests.request(MailKind.VERIFY_EMAIL, email, client, within=lifetime)

    async def verify(self, token: str, client: Client) -> User:
        """Take the address for proved; nobody is logged in by it.

        Whoever opens the link again within its time gets the same answer.

        Raises:
            InvalidToken: the link is not good.
            TooManyAttempts: from this network.
        """
        purpose = LinkPurpose.VERIFY_EMAIL
        try:
            async with (
                self.links.tokens.presented(token, purpose, client) as found,
                self.resources.transaction() as events,
            ):
                await self.links.tokens.use(found, email_verified=True)
                events.record(Event.EMAIL_VERIFIED, client, user_id=found.user.id)
        except AlreadyConfirmed as already:
            return already.user
        await self.sessions.viewers.propagate()
        return found.user

    async def compose(self, queued: QueuedMail) -> MailContent | None:
        """A link for whoever has the address and has not proved it."""
        user = await recipient(self.resources, queued)
        if user is None or user.email_verified:
            return None
        link = await self.links.issue(user, LinkPurpose.VERIFY_EMAIL)
        return MailContent(user.email, {"name": user.name, **link}, user.id, user.locale)

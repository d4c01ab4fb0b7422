"""A forgotten password: a link by mail, and a new one set with it."""

from dataclasses import dataclass

from authberry.client import Client
from authberry.events import Event
from authberry.links import Links
from authberry.mail import Mail, MailContent, MailKind, QueuedMail, recipient
from authberry.models import OneTimeToken, User
from authberry.passwords import Passwords, prepare
from authberry.resources import Resources
from authberry.sessions import Sessions
from authberry.settings import LinkPurpose


@dataclass(frozen=True, eq=False)
class Recovery:
    """Lets the owner of an address set a new password."""

    resources: Resources
    passwords: Passwords
    sessions: Sessions
    links: Links
    mail: Mail

    async def request(self, email: str, client: Client) -> None:
        """Ask for a link; the same answer, work and time whether or not there is an account.

        Raises:
            InvalidInput, MailUnavailable, TooManyAttempts: as `MailRequests.request`.
        """
        lifetime = self.links.lifetime(LinkPurpose.RESET_PASSWORD)
        await self.mail.requests.request(MailKind.RESET_PASSWORD, email, client, within=lifetime)

    async def reset(self, token: str, new_password: str, client: Client) -> User:
        """Set a new password with a link, and end every session; nobody is logged in by it.

        All of it happens, or none; a link whose new password is refused is still good. The link
        came by mail, so that the address is proved as well.

        Raises:
            InvalidToken: the link is not good.
            WeakPassword, InvalidInput: the new password is refused.
            TooManyAttempts: from this network.
        """
        prepared = prepare(new_password, field="newPassword")
        async with self.links.tokens.presented(token, LinkPurpose.RESET_PASSWORD, client) as found:
            user = found.user
            accepted = await self.passwords.policy.accept(prepared, user.email, user.name)
            new_hash = await self.passwords.hasher.hash(accepted)
            async with self.resources.transaction() as events:
                await self._set(found, new_hash, client)
                events.record(Event.PASSWORD_RESET, client, user_id=user.id)
        await self.sessions.viewers.propagate()
        self.mail.notices.wake()
        return user

    async def _set(self, token: OneTimeToken, new_hash: str, client: Client) -> None:
        await self.links.tokens.use(token, password_hash=new_hash, email_verified=True)
        await self.sessions.revocation.end_within(token.user.id, "password reset")
        await self.mail.notices.password_changed(token.user, client)

    async def compose(self, queued: QueuedMail) -> MailContent | None:
        """A link for whoever has the address; nothing where nobody has, or the account is shut."""
        user = await recipient(self.resources, queued)
        if user is None:
            return None
        link = await self.links.issue(user, LinkPurpose.RESET_PASSWORD)
        values = {"name": user.name, "address": queued.client.address, **link}
        return MailContent(user.email, values, user.id, user.locale)

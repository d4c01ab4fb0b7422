"""The first proof of an address by a mailed link: whoever made the account may be a stranger.

They may have given it a password and wait for the owner of the address to come (Sudhodanan and
Paverd, Pre-hijacked accounts, arXiv 2205.10174). So nothing is left of what was set up before,
unless who reads the mail is logged in to it in the same browser.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from tortoise.models import Model

from authberry.client import Client
from authberry.events import Event, TransactionEvents
from authberry.links import Links
from authberry.mail import Notices
from authberry.models import (
    ExternalIdentity,
    ExternalLogin,
    OneTimeToken,
    PendingLogin,
    TrustedDevice,
    User,
)
from authberry.resources import Resources
from authberry.sessions import Sessions

LEFT_BEHIND: tuple[type[Model], ...] = (
    ExternalIdentity,
    ExternalLogin,
    OneTimeToken,
    PendingLogin,
    TrustedDevice,
)
"""What goes, beside sessions, password and factors."""


@dataclass(frozen=True, eq=False)
class FirstProofs:
    """Hands accounts that nobody has proved over to whoever reads their mail."""

    resources: Resources
    sessions: Sessions
    links: Links
    notices: Notices

    async def use(
        self,
        token: OneTimeToken,
        held: Sequence[str],
        client: Client,
        events: TransactionEvents,
    ) -> bool:
        """Use up a link that proves an address, inside a transaction.

        An account with a second factor stays as it is: that is asked for next, and until then
        nobody knows whether who reads the mail is who set it up.

        Args:
            token: Of the link.
            held: The refresh tokens of the browser in which it is opened.
            client: Where.
            events: Of the transaction.

        Returns:
            Whether a mail tells of it.

        Raises:
            InvalidToken: somebody was faster.
        """
        user = token.user
        if user.email_verified:
            await self.links.tokens.use(token, email_verified=True)
            return False
        await self.resources.statements.users.hold(user.id)
        if await self.sessions.is_held(user, held):
            await self.links.tokens.use(token, email_verified=True)
        elif (await self.resources.statements.factors.held(user.id)).is_empty:
            return await self._hand_over(token, client, events)
        else:
            await self.links.tokens.use(token)
        return False

    async def _hand_over(
        self, token: OneTimeToken, client: Client, events: TransactionEvents
    ) -> bool:
        user, had_password = token.user, token.user.password_hash is not None
        await self.links.tokens.use(token, email_verified=True, password_hash=None)
        await leave_nothing(self.sessions, user)
        if had_password:
            await self.notices.password_changed(user, client)
        events.record(Event.ACCOUNT_HANDED_OVER, client, user_id=user.id)
        return had_password


async def leave_nothing(sessions: Sessions, user: User) -> None:
    """End what whoever made an account has set up, inside a transaction; then propagate."""
    await sessions.revocation.end_within(user.id, "account handed over")
    for model in LEFT_BEHIND:
        await model.filter(user_id=user.id).delete()

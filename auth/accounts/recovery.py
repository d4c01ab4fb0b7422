"""A forgotten password: a link by mail, and a new one set with it."""

import json
from dataclasses import dataclass

from authberry.client import Client
from authberry.errors import InvalidTicket
from authberry.events import Event, TransactionEvents
from authberry.links import Links
from authberry.logins import (
    Logins,
    PresentedProof,
    PresentedTickets,
    Purpose,
    SecondFactorNeeded,
)
from authberry.mail import Mail, MailContent, MailKind, QueuedMail, recipient
from authberry.models import ExternalIdentity, HeldFactors, OneTimeToken, User
from authberry.passwords import Passwords, prepare
from authberry.resources import Resources
from authberry.sessions import RefreshTokenTransport, Sessions
from authberry.settings import LinkPurpose
from authberry.signing import LINK_PROOF


@dataclass(frozen=True, eq=False)
class Recovery:
    """Lets the owner of an address set a new password."""

    resources: Resources
    passwords: Passwords
    sessions: Sessions
    links: Links
    mail: Mail
    logins: Logins

    async def request(self, email: str, client: Client) -> None:
        """Ask for a link; the same answer, work and time whether or not there is an account.

        Raises:
            InvalidInput, MailUnavailable, TooManyAttempts: as `MailRequests.request`.
        """
        lifetime = self.links.lifetime(LinkPurpose.RESET_PASSWORD)
        await self.mail.requests.request(MailKind.RESET_PASSWORD, email, client, within=lifetime)

    async def reset(
        self, token: str, new_password: str, client: Client, transport: RefreshTokenTransport
    ) -> User | SecondFactorNeeded:
        """Set a new password with a link, and end every session; nobody is logged in by it.

        All of it happens, or none; a link whose new password is refused is still good. The link
        came by mail, so that the address is proved as well. Where the account has a second factor,
        nothing is written before that is proved, and the link stays as it is: see `complete`.

        Raises:
            InvalidToken: the link is not good.
            WeakPassword, InvalidInput: the new password is refused.
            TooManyAttempts: from this network; or a second factor was asked for so often.
        """
        prepared = prepare(new_password, field="newPassword")
        async with self.links.tokens.presented(token, LinkPurpose.RESET_PASSWORD, client) as found:
            user = found.user
            accepted = await self.passwords.policy.accept(prepared, user.email, user.name)
            new_hash = await self.passwords.hasher.hash(accepted)
            if not (await self.logins.second_factors.resets.held(user, client)).is_empty:
                # The link stays good, so that each time it is opened there is another row.
                await self.resources.attempts.change("password reset", user.id, client)
            async with self.resources.transaction() as events:
                await self.resources.statements.users.hold(user.id)
                held = await self.resources.statements.factors.held(user.id)
                if not held.is_empty:
                    return await self._ask(found, held, new_hash, client, transport, events)
                await self._set(found, new_hash, client, events)
        await self._tell()
        return user

    async def complete(
        self, tickets: PresentedTickets, presented: PresentedProof, client: Client
    ) -> User:
        """Set the password of a reset, now that the second factor is proved.

        Raises:
            InvalidTicket: there is no such reset, or its link was used in the meantime.
            InvalidProof, TooManyAttempts: as `Completion.complete`.
        """
        with self.resources.database.use():
            pending = await self.logins.second_factors.pending.find(tickets, Purpose.PASSWORD_RESET)
            token_id, new_hash = json.loads(self.logins.second_factors.pending.payload(pending))
            token = await OneTimeToken.get_or_none(id=token_id).select_related("user")
        if token is None:
            raise InvalidTicket
        async with self.logins.completion.proved(pending, presented, client) as (_, events):
            await self._set(token, new_hash, client, events)
        await self._tell()
        return token.user

    async def _ask(
        self,
        token: OneTimeToken,
        held: HeldFactors,
        new_hash: str,
        client: Client,
        transport: RefreshTokenTransport,
        events: TransactionEvents,
    ) -> SecondFactorNeeded:
        """Ask for the second factor of an account that has one; nothing is written but that."""
        user, purpose = token.user, Purpose.PASSWORD_RESET
        events.record(Event.SECOND_FACTOR_ASKED, client, user_id=user.id, reason=purpose.value)
        payload = json.dumps([str(token.id), new_hash])
        return await self.logins.second_factors.ask_for_second(
            purpose, user, held, transport, LINK_PROOF, payload
        )

    async def _tell(self) -> None:
        await self.sessions.viewers.propagate()
        self.mail.notices.wake()

    async def _set(
        self, token: OneTimeToken, new_hash: str, client: Client, events: TransactionEvents
    ) -> None:
        await self.links.tokens.use(token, password_hash=new_hash, email_verified=True)
        # A stranger may have signed up with this address at a provider that did not look.
        await ExternalIdentity.filter(user_id=token.user.id, is_proved=False).delete()
        await self.sessions.revocation.end_within(token.user.id, "password reset")
        await self.mail.notices.password_changed(token.user, client)
        events.record(Event.PASSWORD_RESET, client, user_id=token.user.id)

    async def compose(self, queued: QueuedMail) -> MailContent | None:
        """A link for whoever has the address; nothing where nobody has, or the account is shut."""
        user = await recipient(self.resources, queued)
        if user is None:
            return None
        link = await self.links.issue(user, LinkPurpose.RESET_PASSWORD)
        values = {"name": user.name, "address": queued.client.address, **link}
        return MailContent(user.email, values, user.id, user.locale)

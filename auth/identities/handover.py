"""There is an account with the address, and nobody has ever proved that the address is theirs.

Whoever made it may be a stranger who waits for the owner of the address to come (Sudhodanan and
Paverd, Pre-hijacked accounts, arXiv 2205.10174). So nothing is linked to it, and it is not taken
over or deleted: a mail goes to the address, and only its link hands the account over. By then
nothing is left of what was set up before.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from secrets import token_urlsafe
from uuid import UUID

from authberry.attempts import by_network
from authberry.client import Client
from authberry.email_addresses import AddressForms
from authberry.errors import InvalidToken
from authberry.events import Event, TransactionEvents
from authberry.factors import Factors
from authberry.identities.answers import Answered, HeldSecrets, Purpose, is_among
from authberry.identities.linking import Linking
from authberry.identities.outcomes import MailSent
from authberry.identities.pending import PendingExternalLogins
from authberry.links import Links, digest
from authberry.logins import leave_nothing
from authberry.mail import Composer, Mail, MailContent, MailKind, QueuedMail
from authberry.models import (
    ExternalLogin,
    User,
)
from authberry.providers import ExternalAccount
from authberry.resources import Resources
from authberry.sessions import Sessions
from authberry.settings import LinkPurpose

_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)


@dataclass(frozen=True, eq=False)
class Handover:
    """Hands accounts that nobody has proved over to whoever reads their mail."""

    resources: Resources
    pending: PendingExternalLogins
    linking: Linking
    sessions: Sessions
    factors: Factors
    mail: Mail
    links: Links

    @property
    def composers(self) -> Mapping[MailKind, Composer]:
        """What says what is in its mail."""
        return {MailKind.ACCOUNT_HANDOVER: self._compose}

    async def ask(
        self, answered: Answered, owner: User, account: ExternalAccount, client: Client
    ) -> MailSent:
        """Mail the link to the address of the account.

        Raises:
            InvalidTicket: somebody was faster.
            MailUnavailable: no mail is sent here.
            TooManyAttempts: of mails, to this address or from this network.
        """
        self.mail.outbox.require()
        await self.mail.requests.spend(owner.email, client)
        lifetime = self.links.lifetime(LinkPurpose.VERIFY_EMAIL)
        async with self.resources.transaction() as events:
            row = await self.pending.turn(answered, Purpose.HANDOVER, owner, lifetime)
            await self.mail.outbox.put(
                MailKind.ACCOUNT_HANDOVER,
                owner.email,
                client,
                within=lifetime,
                login_id=str(row.id),
                provider=self.linking.name(account.provider),
            )
            events.record(Event.ACCOUNT_LINK_ASKED, client, user_id=owner.id)
        self.mail.outbox.wake()
        return MailSent()

    async def find(self, token: str) -> ExternalLogin | None:
        """Find what the token of a link hands over; None where it does something else."""
        if not _TOKEN.fullmatch(token):
            return None
        with self.resources.database.use():
            return await ExternalLogin.get_or_none(
                state_hash=digest(token),
                purpose=Purpose.HANDOVER.value,
                expires_at__gt=self.resources.clock.now(),
            ).select_related("user")

    async def carry_out(self, row: ExternalLogin, held: HeldSecrets, client: Client) -> User:
        """Hand an account over to whoever has opened the link, with what waits to be linked.

        Where the provider has not seen to it that the address is theirs, whoever came from there
        and whoever reads the mail may be two: then the link works only in the browser that came.

        Raises:
            InvalidToken: the link is not good, or not here; or the account is not what it was.
            TooManyAttempts: from this network.
        """
        attempts = self.resources.settings.link_attempts
        await self.resources.throttle.spend(client, *by_network(attempts, ("link",), client))
        account, user = self.pending.outcome(row), row.user
        is_here = account.email_verified or _is_here(row, held)
        if user is None or not is_here or not _has_address(user, account):
            self.resources.log.record(Event.LINK_REFUSED, client, reason=row.purpose)
            raise InvalidToken
        async with self.resources.transaction(conflict=InvalidToken) as events:
            await self._take(row, user, account)
            await leave_nothing(self.sessions, user)
            await self.factors.delete_all(user)
            await self.linking.add(user, account, is_proved=True)
            await self._record(user, account, client, events)
        await self.sessions.viewers.propagate()
        self.mail.notices.wake()
        await self.resources.attempts.mailbox_proved(user, client)
        return user

    async def _take(self, row: ExternalLogin, user: User, account: ExternalAccount) -> None:
        """Use the link up, and let the account be the owner's of the address; raises InvalidToken.

        Unless it has been proved meanwhile, has another address by now, or is disabled.
        """
        changes = {
            "email_verified": True,
            "password_hash": None,
            "name": account.name,
            "deletes_at": None,
        }
        link = ExternalLogin.filter(id=row.id, purpose=Purpose.HANDOVER.value)
        unproved = User.filter(id=user.id, email=user.email, email_verified=False, disabled_at=None)
        if not await link.delete() or not await unproved.update(**changes):
            raise InvalidToken
        user.update_from_dict(changes)

    async def _record(
        self, user: User, account: ExternalAccount, client: Client, events: TransactionEvents
    ) -> None:
        await self.linking.tell(user, account, client)
        events.record(Event.ACCOUNT_HANDED_OVER, client, user_id=user.id)
        events.record(Event.IDENTITY_LINKED, client, user_id=user.id)

    async def _compose(self, queued: QueuedMail) -> MailContent | None:
        """A link, which is made now; nothing if it is no longer wanted."""
        token, row_id = token_urlsafe(32), UUID(queued.facts["login_id"])
        with self.resources.database.use():
            row = await ExternalLogin.get_or_none(
                id=row_id, purpose=Purpose.HANDOVER.value
            ).select_related("user")
            user = row.user if row else None
            if row is None or user is None or user.email_verified or user.disabled_at is not None:
                return None
            await ExternalLogin.filter(id=row.id).update(state_hash=digest(token))
        values = {
            "name": user.name,
            "address": queued.client.address,
            "provider": queued.facts["provider"],
            "same_browser": not self.pending.outcome(row).email_verified,
            **self.links.values(LinkPurpose.VERIFY_EMAIL, token),
        }
        return MailContent(user.email, values, user.id, user.locale)


def _has_address(user: User, account: ExternalAccount) -> bool:
    """Whether the account has the address still that was asked for."""
    spellings = AddressForms.of(account.email or "").spellings
    return (user.email_key or user.email) in spellings


def _is_here(row: ExternalLogin, held: HeldSecrets) -> bool:
    """Whether the link is opened in the browser that came from the provider, or by a program."""
    if row.browser_hash is None:
        return not held.is_browser
    return is_among(row.browser_hash, held.secrets)

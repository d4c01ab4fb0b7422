"""A phone is lost, and the recovery codes with it: every factor is taken off, after a wait.

A link that was mailed begins the wait. Every address and, in the account pages, every live session
is told, and whoever has either can cancel it. So does any login that proves a factor: then nothing
was lost. Once the wait is over, the next login finds no factor any more.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from authberry.client import NOBODY, Client
from authberry.errors import InvalidToken
from authberry.events import Event, TransactionEvents
from authberry.factors import Factors, UsedFactor, UsedRecoveryCode
from authberry.links import Links
from authberry.mail import Composer, Mail, MailContent, MailKind, QueuedMail, recipient
from authberry.models import FactorReset, HeldFactors, OneTimeToken, User
from authberry.resources import Resources
from authberry.sessions import Viewer
from authberry.settings import LinkPurpose


@dataclass(frozen=True, eq=False)
class FactorResets:
    """Takes every factor off accounts whose owners have lost them, after a wait."""

    resources: Resources
    factors: Factors
    links: Links
    mail: Mail

    @property
    def composers(self) -> Mapping[MailKind, Composer]:
        """What says what is in the mails of a reset."""
        return {
            MailKind.FACTOR_RESET: self._compose_link,
            MailKind.FACTOR_RESET_SCHEDULED: self._compose_notice,
        }

    async def request(self, email: str, client: Client) -> None:
        """Ask for a link; the same answer, work and time whether or not there is an account.

        Raises:
            MailUnavailable, TooManyAttempts: as `MailRequests.request`.
        """
        lifetime = self.links.lifetime(LinkPurpose.FACTOR_RESET)
        await self.mail.requests.request(MailKind.FACTOR_RESET, email, client, within=lifetime)

    async def confirm(self, token: str, client: Client) -> datetime:
        """Begin the wait with a link; returns when it ends. One that has begun goes on.

        Raises:
            InvalidToken: the link is not good, or there is no factor to take off.
            TooManyAttempts: from this network.
        """
        purpose = LinkPurpose.FACTOR_RESET
        async with (
            self.links.tokens.presented(token, purpose, client) as found,
            self.resources.transaction() as events,
        ):
            await self.links.tokens.use(found)  # and with it the account is held
            held = await self.resources.statements.factors.held(found.user.id)
            if held.is_empty:
                raise InvalidToken
            effective_at = held.reset_at or self._now + self.resources.settings.factor_reset_wait
            if held.reset_at is None:
                await self._schedule(found.user, effective_at, client, events)
        self.mail.outbox.wake()
        return effective_at

    async def _schedule(
        self, user: User, at: datetime, client: Client, events: TransactionEvents
    ) -> None:
        await FactorReset.create(id=uuid4(), user=user, created_at=self._now, effective_at=at)
        former = OneTimeToken.filter(
            user_id=user.id, purpose=LinkPurpose.UNDO_EMAIL_CHANGE.value, email__isnull=False
        )
        addresses = {user.email, *await former.values_list("email", flat=True)}
        for address in sorted(str(one) for one in addresses):
            await self.mail.outbox.put(
                MailKind.FACTOR_RESET_SCHEDULED,
                address,
                client,
                within=at - self._now,
                user_id=str(user.id),
                at=at.isoformat(),
            )
        events.record(Event.FACTOR_RESET_SCHEDULED, client, user_id=user.id)

    async def waiting(self, user: User) -> datetime | None:
        """When every factor of an account is taken off; None where none is to be."""
        with self.resources.database.use():
            return (await self.resources.statements.factors.held(user.id)).reset_at

    async def cancel_by_link(self, token: str, client: Client) -> None:
        """Cancel it, for whoever holds a link of a mail that told of it.

        Raises:
            InvalidToken: the link is not good, or nothing waits any more.
            TooManyAttempts: from this network.
        """
        purpose = LinkPurpose.FACTOR_RESET_CANCEL
        async with (
            self.links.tokens.presented(token, purpose, client) as found,
            self.resources.transaction() as events,
        ):
            await self.links.tokens.use(found)
            if not await self.cancel_within(found.user, client, events):
                raise InvalidToken

    async def cancel(self, viewer: Viewer, client: Client) -> None:
        """Cancel it, for somebody who is logged in.

        Raises:
            InvalidToken: nothing waits.
        """
        async with self.resources.transaction() as events:
            if not await self.cancel_within(viewer.user, client, events):
                raise InvalidToken

    async def cancel_within(self, user: User, client: Client, events: TransactionEvents) -> bool:
        """Cancel it inside a transaction, as of somebody who has just proved a factor.

        Returns whether there was one to cancel.
        """
        if not await self.resources.statements.factors.end_reset(user.id):
            return False
        events.record(Event.FACTOR_RESET_CANCELLED, client, user_id=user.id)
        return True

    async def held(self, user: User, client: Client) -> HeldFactors:
        """Return what an account has; one whose wait is over has nothing from here on."""
        with self.resources.database.use():
            held = await self.resources.statements.factors.held(user.id)
        if held.reset_at is None or held.reset_at > self._now:
            return held
        await self.carry_out(user, client)
        with self.resources.database.use():
            return await self.resources.statements.factors.held(user.id)

    async def carry_out(self, user: User, client: Client) -> bool:
        """Take every factor off an account whose wait is over; returns whether it was.

        Of two who do at once, one does.
        """
        async with self.resources.transaction() as events:
            await self.resources.statements.users.hold(user.id)
            due = FactorReset.filter(user_id=user.id, effective_at__lte=self._now)
            if not await due.delete():
                return False
            await self.delete_within(user, client, events)
        self.mail.notices.wake()
        return True

    async def carry_out_due(self, limit: int) -> int:
        """Do so for accounts whose wait is over, longest first; returns for how many."""
        with self.resources.database.use():
            due = FactorReset.filter(effective_at__lte=self._now).select_related("user")
            found = await due.order_by("effective_at").limit(limit)
        return sum([await self.carry_out(reset.user, NOBODY) for reset in found])

    async def reset(self, user: User, client: Client, *, reason: str) -> int:
        """Take every factor off an account at once, for the operator; returns how many."""
        async with self.resources.transaction() as events:
            await self.resources.statements.users.hold(user.id)
            count = await self.delete_within(user, client, events, reason=reason)
        self.mail.notices.wake()
        return count

    async def delete_within(
        self, user: User, client: Client, events: TransactionEvents, *, reason: str | None = None
    ) -> int:
        """Delete every factor, and tell its owner; returns how many.

        Inside a transaction that holds the account.
        """
        count = await self.factors.delete_all(user)
        await self.mail.notices.factors_reset(user, client)
        events.record(Event.FACTORS_RESET, client, user_id=user.id, reason=reason)
        return count

    async def tell_of_recovery_code(
        self, used: UsedFactor, user: User, client: Client, events: TransactionEvents
    ) -> None:
        """Tell somebody of a recovery code that was used, inside the transaction that uses it."""
        if isinstance(used, UsedRecoveryCode):
            await self.mail.notices.recovery_code_used(user, client)
            events.record(Event.RECOVERY_CODE_USED, client, user_id=user.id)

    async def _compose_link(self, queued: QueuedMail) -> MailContent | None:
        """A link for whoever has the address and a factor; else nothing."""
        user = await recipient(self.resources, queued)
        if user is None:
            return None
        with self.resources.database.use():
            held = await self.resources.statements.factors.held(user.id)
        if held.is_empty:
            return None
        link = await self.links.issue(user, LinkPurpose.FACTOR_RESET)
        wait = self.resources.settings.factor_reset_wait
        values = {"name": user.name, "address": queued.client.address, "wait": wait, **link}
        return MailContent(user.email, values, user.id, user.locale)

    async def _compose_notice(self, queued: QueuedMail) -> MailContent | None:
        """With the time and a link that cancels it; nothing if it has been cancelled."""
        with self.resources.database.use():
            reset = await FactorReset.get_or_none(user_id=queued.facts["user_id"])
            user = await User.get_or_none(id=queued.facts["user_id"])
        at = datetime.fromisoformat(queued.facts["at"])
        if reset is None or user is None or reset.effective_at != at:
            return None
        link = await self.links.issue(user, LinkPurpose.FACTOR_RESET_CANCEL)
        values = {"name": user.name, "at": at, "address": queued.client.address, **link}
        return MailContent(queued.to, values, user.id, user.locale)

    @property
    def _now(self) -> datetime:
        return self.resources.clock.now()

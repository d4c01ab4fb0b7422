"""Leaving: an account is deleted, with all that is known of its owner, at once or after a while."""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from tortoise.exceptions import IntegrityError

from authberry.accounts.accounts import NOBODY, Accounts
from authberry.client import Client
from authberry.clock import Clock
from authberry.errors import InvalidCredentials, ServiceUnavailable
from authberry.events import Event, SecurityLog
from authberry.mail import MailContent, MailKind, Outbox, QueuedMail
from authberry.models import (
    Database,
    OneTimeToken,
    OutboxMessage,
    RefreshToken,
    SecurityEvent,
    Statements,
    User,
)
from authberry.passwords import prepare
from authberry.sessions import Viewer, Viewers
from authberry.settings import Settings

logger = logging.getLogger("authberry.departures")

PAGE = 100


class AccountInUse(ServiceUnavailable):
    """Rows of a host's point at the account, and its database lets nobody delete it."""

    message = "This account cannot be deleted: another table refers to it."


class Deletion:
    """Deletes accounts."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        statements: Statements,
        accounts: Accounts,
        viewers: Viewers,
        outbox: Outbox,
        log: SecurityLog,
        clock: Clock,
    ) -> None:
        """Compose the rules."""
        self._grace = settings.deletion_grace
        self._database = database
        self._statements = statements
        self._accounts = accounts
        self._viewers = viewers
        self._outbox = outbox
        self._log = log
        self._clock = clock
        outbox.compose(MailKind.ACCOUNT_DELETED, self._write_farewell)
        outbox.compose(MailKind.DELETION_SCHEDULED, self._write_notice)

    async def leave(self, viewer: Viewer, password: str, client: Client) -> datetime | None:
        """Delete the account of the person asking or, with a period of grace, set the date.

        Returns when it goes; None if it is gone. Until then, logging in keeps it.

        Raises:
            InvalidCredentials: the password is wrong; of somebody without one, the login is not
                fresh.
            TooManyAttempts: the budget of logging in, which this shares.
            InvalidInput: the password is not text, or too long.
            AccountInUse: a host's rows point at it.
        """
        user = (await self._accounts.prove(viewer, prepare(password), client)).user
        if self._grace:
            return await self._schedule(user, client)
        unchanged: dict[str, object] = {"password_hash": user.password_hash, "disabled_at": None}
        if not await self._delete(user, client, unchanged):
            raise InvalidCredentials
        await self._database.scrub()
        return None

    async def delete(self, user: User, client: Client) -> bool:
        """Delete an account at once, for the operator; returns whether it was there."""
        is_gone = await self._delete(user, client, {})
        if is_gone:
            await self._database.scrub()
        return is_gone

    async def delete_due(self) -> int:
        """Delete the accounts whose time has come; returns how many.

        Raises:
            DatabaseUnavailable: those that are gone stay gone.
        """
        now, last, count = self._clock.now(), UUID(int=0), 0
        while users := await self._due(now, last):
            for user in users:
                try:
                    count += await self._delete(user, NOBODY, {"deletes_at__lte": now})
                except AccountInUse as error:
                    facts = {"user_id": str(user.id), "cause": str(error)}
                    logger.error("account not deleted", extra=facts)  # noqa: TRY400 - said in words
            last = users[-1].id
        if count:
            await self._database.scrub()
        return count

    async def _due(self, now: datetime, behind: UUID) -> Sequence[User]:
        with self._database.use():
            due = User.filter(deletes_at__lte=now, id__gt=behind)
            return await due.order_by("id").limit(PAGE)

    async def _schedule(self, user: User, client: Client) -> datetime:
        now = self._clock.now()
        deletes_at = now + self._grace
        with self._database.use():
            async with self._database.transaction():
                changed = await User.filter(
                    id=user.id, password_hash=user.password_hash, disabled_at=None
                ).update(deletes_at=deletes_at)
                if changed:
                    await RefreshToken.filter(user_id=user.id, revoked_at=None).update(
                        revoked_at=now, revoked_reason="deletion scheduled"
                    )
                    await self._outbox.put(
                        MailKind.DELETION_SCHEDULED,
                        user.email,
                        client,
                        within=max(self._grace, timedelta(hours=1)),
                        at=deletes_at.isoformat(),
                    )
        if not changed:
            raise InvalidCredentials
        await self._viewers.settle()
        self._outbox.wake()
        self._log.record(Event.DELETION_SCHEDULED, client, user_id=user.id)
        return deletes_at

    async def _delete(self, user: User, client: Client, conditions: dict[str, object]) -> bool:
        """Delete every row of a person that is as `conditions` say, or none."""
        with self._database.use():
            try:
                async with self._database.transaction():
                    is_gone = await self._delete_rows(user, client, conditions)
            except IntegrityError as error:
                raise AccountInUse from error
        if is_gone:
            await self._viewers.settle()
            self._outbox.wake()
            self._log.record(Event.ACCOUNT_DELETED, client)  # of nobody: there is no such person
        return is_gone

    async def _delete_rows(self, user: User, client: Client, conditions: dict[str, object]) -> bool:
        await self._statements.events.block_additions()
        mine = User.filter(id=user.id)
        # A write first, which holds the row: what is read below is what there is.
        if not await mine.filter(**conditions).update(deletes_at=self._clock.now()):
            return False
        tokens = await OneTimeToken.filter(user_id=user.id).only("email")
        (current,) = await mine.only("email", "locale")
        addresses = {current.email, user.email, *(token.email for token in tokens if token.email)}
        hashes = [one for address in addresses for one in self._outbox.recipient_hashes(address)]
        await OutboxMessage.filter(recipient_hash__in=hashes).delete()
        await SecurityEvent.filter(user_id=user.id).delete()
        await mine.delete()  # and with it its sessions and tokens
        await self._outbox.put(
            MailKind.ACCOUNT_DELETED, current.email, client, locale=current.locale or ""
        )
        return True

    async def _write_farewell(self, order: QueuedMail) -> MailContent:
        """To whoever had the account: of which nothing is left to look up."""
        return MailContent(order.to, {"name": None}, locale=order.facts["locale"] or None)

    async def _write_notice(self, order: QueuedMail) -> MailContent | None:
        """With the date, unless it has been changed since."""
        user = await self._accounts.find_by_email(order.to)
        at = datetime.fromisoformat(order.facts["at"])
        if user is None or user.deletes_at != at:
            return None
        return MailContent(user.email, {"name": user.name, "at": at}, user.id, user.locale)

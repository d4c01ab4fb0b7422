"""Deletion of an account, with all that is known of its owner, at once or after a while."""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from authberry.client import NOBODY, Client
from authberry.email_addresses import AddressForms
from authberry.errors import InvalidCredentials, ServiceUnavailable
from authberry.events import Event
from authberry.logins import PasswordLogins
from authberry.mail import MailContent, MailKind, Outbox, QueuedMail
from authberry.models import OneTimeToken, OutboxMessage, RefreshToken, SecurityEvent, User
from authberry.models.event_logger import event_logger
from authberry.passwords import prepare
from authberry.resources import Resources
from authberry.sessions import Sessions, Viewer

logger = event_logger("authberry.departures")

PAGE = 10  # accounts, of each of which much is deleted
FIRST = datetime(1970, 1, 1, tzinfo=UTC), UUID(int=0)


class AccountInUse(ServiceUnavailable):
    """Rows of a host's point at the account, and its database lets nobody delete it."""

    message = "This account cannot be deleted: another table refers to it."


@dataclass(frozen=True, eq=False)
class Deletion:
    """Deletes accounts."""

    resources: Resources
    logins: PasswordLogins
    sessions: Sessions
    outbox: Outbox

    async def request(
        self, viewer: Viewer, password: str | None, client: Client
    ) -> datetime | None:
        """Delete the account of the person asking or, with a period of grace, set the date.

        Returns when it goes; None if it is gone. Until then, logging in keeps it.

        Raises:
            InvalidCredentials: the password is wrong; of somebody without one, the login is not
                fresh.
            StepUpRequired: as `PasswordLogins.prove`.
            TooManyAttempts: as `PasswordLogins.prove`.
            InvalidInput: the password is not text, or too long.
            Unauthenticated: the session has ended in the meantime.
            AccountInUse: a host's rows point at it.
        """
        prepared = None if password is None else prepare(password)
        session = await self.logins.prove(viewer, prepared, client)
        user = session.user
        if self.resources.settings.deletion_grace:
            return await self._schedule(session, client)
        unchanged: dict[str, object] = {"password_hash": user.password_hash, "disabled_at": None}
        if not await self._delete(user, client, unchanged, session):
            raise InvalidCredentials
        await self.resources.database.scrub()
        return None

    async def delete(self, user: User, client: Client) -> bool:
        """Delete an account at once, for the operator; returns whether it was there."""
        is_gone = await self._delete(user, client, {})
        if is_gone:
            await self.resources.database.scrub()
        return is_gone

    async def delete_due(self) -> AsyncGenerator[int, None]:
        """Delete the accounts whose time has come, due longest first; yields how many in each page.

        Raises:
            DatabaseUnavailable: those that are gone stay gone.
        """
        now, behind, count = self.resources.clock.now(), FIRST, 0
        while users := await self._due(now, behind):
            deleted = 0
            for user in users:
                deleted += await self._delete_or_log(user, now)
            count += deleted
            yield deleted
            behind = users[-1].deletes_at or now, users[-1].id
        if count:
            await self.resources.database.scrub()

    async def _delete_or_log(self, user: User, now: datetime) -> bool:
        try:
            return await self._delete(user, NOBODY, {"deletes_at__lte": now})
        except AccountInUse as error:
            facts = {"user_id": str(user.id), "cause": str(error)}
            logger.error("account not deleted", extra=facts)  # noqa: TRY400 - said in words
            return False

    async def _due(self, now: datetime, behind: tuple[datetime, UUID]) -> Sequence[User]:
        with self.resources.database.use():
            return await self.resources.statements.pruning.accounts(now, behind, PAGE)

    async def _schedule(self, session: RefreshToken, client: Client) -> datetime:
        user = session.user
        grace = self.resources.settings.deletion_grace
        deletes_at = self.resources.clock.now() + grace
        async with self.resources.transaction() as events:
            changed = await User.filter(
                id=user.id, password_hash=user.password_hash, disabled_at=None
            ).update(deletes_at=deletes_at)
            if not changed:
                raise InvalidCredentials
            await self.sessions.living.require(session)
            await self.sessions.revocation.end_within(user.id, "deletion scheduled")
            await self.outbox.put(
                MailKind.DELETION_SCHEDULED,
                user.email,
                client,
                within=max(grace, timedelta(hours=1)),
                at=deletes_at.isoformat(),
            )
            events.record(Event.DELETION_SCHEDULED, client, user_id=user.id)
        await self.sessions.viewers.propagate()
        self.outbox.wake()
        return deletes_at

    async def _delete(
        self,
        user: User,
        client: Client,
        conditions: dict[str, object],
        session: RefreshToken | None = None,
    ) -> bool:
        """Delete every row of a person that is as `conditions` say, or none.

        If it is asked for in a session, also only while that lives.
        """
        async with self.resources.transaction(conflict=AccountInUse, is_long=True) as events:
            is_gone = await self._delete_rows(user, client, conditions, session)
            if is_gone:
                # Of nobody: there is no such person.
                events.record(Event.ACCOUNT_DELETED, client)
        if is_gone:
            await self.sessions.viewers.propagate()
            self.outbox.wake()
        return is_gone

    async def _delete_rows(
        self,
        user: User,
        client: Client,
        conditions: dict[str, object],
        session: RefreshToken | None,
    ) -> bool:
        await self.resources.statements.events.block_additions()
        mine = User.filter(id=user.id)
        # A write first, which holds the row: what is read below is what there is.
        if not await mine.filter(**conditions).update(deletes_at=self.resources.clock.now()):
            return False
        if session is not None:
            await self.sessions.living.require(session)
        tokens = await OneTimeToken.filter(user_id=user.id).only("email")
        (current,) = await mine.only("email", "locale")
        addresses = {current.email, user.email, *(token.email for token in tokens if token.email)}
        hashes = [one for address in addresses for one in self.outbox.recipient_hashes(address)]
        await OutboxMessage.filter(recipient_hash__in=hashes).delete()
        await SecurityEvent.filter(user_id=user.id).delete()
        await mine.delete()  # and with it its sessions and tokens
        await self.outbox.put(
            MailKind.ACCOUNT_DELETED, current.email, client, locale=current.locale or ""
        )
        return True

    async def compose_deleted(self, queued: QueuedMail) -> MailContent:
        """To whoever had the account: of which nothing is left to look up."""
        return MailContent(queued.to, {"name": None}, locale=queued.facts["locale"] or None)

    async def compose_scheduled(self, queued: QueuedMail) -> MailContent | None:
        """With the date, unless it has been changed since."""
        with self.resources.database.use():
            spellings = AddressForms.of(queued.to).spellings
            user = await self.resources.statements.users.by_email(spellings)
        at = datetime.fromisoformat(queued.facts["at"])
        if user is None or user.deletes_at != at:
            return None
        return MailContent(user.email, {"name": user.name, "at": at}, user.id, user.locale)

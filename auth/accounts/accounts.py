"""Accounts: made and shut by the operator, looked up, listed; and the services of the room."""

from collections.abc import AsyncGenerator, Collection, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from tortoise.expressions import Q

from authberry import email_addresses
from authberry.accounts.deletion import Deletion
from authberry.accounts.drafts import Drafts
from authberry.accounts.email_changes import EmailChanges
from authberry.accounts.export import AccountExport
from authberry.accounts.password_changes import PasswordChanges
from authberry.accounts.profiles import Profiles
from authberry.accounts.recovery import Recovery
from authberry.accounts.registration import Registration
from authberry.accounts.reserved_addresses import ReservedAddresses
from authberry.accounts.verification import Verification
from authberry.client import NOBODY, Client
from authberry.errors import EmailTaken, Forbidden
from authberry.events import Event
from authberry.links import Links
from authberry.logins import Logins
from authberry.mail import Composer, Mail, MailKind
from authberry.models import User
from authberry.passwords import Passwords
from authberry.resources import Resources
from authberry.sessions import Sessions, Viewer

PAGE = 250
"""How many are read at once, where all are."""


@dataclass(eq=False)
class Accounts:
    """People, and what is done about their accounts."""

    resources: Resources
    passwords: Passwords
    sessions: Sessions
    logins: Logins
    links: Links
    mail: Mail

    def __post_init__(self) -> None:
        """Wire the room's services."""
        resources, passwords, sessions = self.resources, self.passwords, self.sessions
        prover, links, mail = self.logins.passwords, self.links, self.mail
        self._drafts = Drafts(resources, passwords.policy)
        self._reserved = reserved = ReservedAddresses(resources)
        self.registration = Registration(
            resources, self._drafts, reserved, passwords.hasher, self.logins.gate, links, mail
        )
        self.verification = Verification(resources, sessions, links, mail.requests)
        self.recovery = Recovery(resources, passwords, sessions, links, mail, self.logins)
        self.password_changes = PasswordChanges(
            resources, passwords, prover, sessions, mail.notices
        )
        self.email_changes = EmailChanges(resources, reserved, prover, sessions, links, mail)
        self.profiles = Profiles(resources, sessions.viewers, mail.renderer)
        self.deletion = Deletion(resources, prover, sessions, mail.outbox)
        self.export = AccountExport(resources, mail.outbox)

    @property
    def composers(self) -> Mapping[MailKind, Composer]:
        """What says what is in the mails of this room."""
        return {
            MailKind.ALREADY_REGISTERED: self.registration.compose,
            MailKind.VERIFY_EMAIL: self.verification.compose,
            MailKind.RESET_PASSWORD: self.recovery.compose,
            MailKind.CONFIRM_EMAIL_CHANGE: self.email_changes.compose_confirmation,
            MailKind.EMAIL_CHANGED: self.email_changes.compose_notice,
            MailKind.DELETION_SCHEDULED: self.deletion.compose_scheduled,
            MailKind.ACCOUNT_DELETED: self.deletion.compose_deleted,
        }

    async def create(
        self,
        email: str,
        password: str | None,
        name: str | None = None,
        roles: tuple[str, ...] = (),
        client: Client = NOBODY,
    ) -> User:
        """Make an account; without a password nobody can log in to it until one is set.

        Raises:
            InvalidInput, WeakPassword, EmailTaken: as `Registration.register`; a role may be what
                is invalid.
        """
        draft = await self._drafts.draft(email, password, name, roles)
        if draft.password is not None:
            await self._reserved.refuse_taken(draft.user)
            draft.user.password_hash = await self.passwords.hasher.hash(draft.password)
        async with self.resources.transaction(conflict=EmailTaken) as events:
            await self._reserved.add(draft.user)
            events.record(Event.REGISTERED, client, user_id=draft.user.id)
        return draft.user

    async def disable(self, user: User, client: Client) -> None:
        """Let nobody log in to this account, and end its sessions."""
        async with self.resources.transaction() as events:
            await User.filter(id=user.id).update(disabled_at=self.resources.clock.now())
            await self.sessions.revocation.end_within(user.id, "disabled")
            events.record(Event.USER_DISABLED, client, user_id=user.id)
        await self.sessions.viewers.propagate()

    async def enable(self, user: User, client: Client) -> None:
        """Let its owner log in again. Sessions that were ended stay ended."""
        with self.resources.database.use():
            await User.filter(id=user.id).update(disabled_at=None)
        self.resources.log.record(Event.USER_ENABLED, client, user_id=user.id)

    async def find(self, id_or_email: str) -> User | None:
        """Look a person up for the operator, by id or by address."""
        with self.resources.database.use():
            try:
                return await User.get_or_none(id=UUID(id_or_email))
            except ValueError:
                forms = email_addresses.AddressForms.of(id_or_email)
                return await self.resources.statements.users.by_email(forms.spellings)

    async def find_many(self, ids: Collection[UUID]) -> Sequence[User | None]:
        """Look people up by id with one query; in the same order, None for each who is not here."""
        with self.resources.database.use():
            found = {user.id: user for user in await User.filter(id__in=set(ids))}
        return [found.get(user_id) for user_id in ids]

    def require_self_or_reader(self, viewer: Viewer, user_id: UUID) -> None:
        """Let people see what is private of themselves, and readers of anybody.

        Raises:
            Forbidden: the viewer is somebody else.
        """
        is_reader = not set(self.resources.settings.user_readers).isdisjoint(viewer.user.roles)
        if viewer.user.id != user_id and not is_reader:
            raise Forbidden

    async def walk(
        self, *, limit: int | None = None, offset: int = 0, after: User | None = None
    ) -> AsyncGenerator[User, None]:
        """Yield accounts, newest first, for the operator; a page in memory at a time.

        Args:
            limit: How many at most; all if None.
            offset: How many to skip, before the first.
            after: The one to go on behind.
        """
        while limit is None or limit > 0:
            size = PAGE if limit is None else min(PAGE, limit)
            with self.resources.database.use():
                page = User.all().order_by("-created_at", "id").offset(offset).limit(size)
                if after is not None:
                    is_behind = Q(created_at__lt=after.created_at) | Q(id__gt=after.id)
                    page = page.filter(is_behind, created_at__lte=after.created_at)
                found = await page
            for user in found:
                yield user
            if len(found) < size:
                return
            limit = limit and limit - size
            after, offset = found[-1], 0

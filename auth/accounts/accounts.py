"""Accounts: how they come to be, how a password is proved and changed, how they are shut."""

import logging
import re
import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID, uuid4

from tortoise.exceptions import IntegrityError

from authberry import email_addresses
from authberry.accounts.reserved_addresses import ReservedAddresses
from authberry.client import Client
from authberry.clock import Clock
from authberry.errors import (
    EmailNotVerified,
    EmailTaken,
    Forbidden,
    InvalidCredentials,
    InvalidInput,
    ServiceUnavailable,
    Unauthenticated,
    UnauthenticatedReason,
)
from authberry.events import Event, SecurityLog
from authberry.mail import Notices
from authberry.models import Database, DatabaseUnavailable, RefreshToken, Statements, User
from authberry.passwords import Passwords, PreparedPassword, open_breaches, prepare, refuse_weak
from authberry.sessions import Issued, RefreshTokenTransport, Sessions, Viewer, Viewers
from authberry.settings import PREFIX, Settings
from authberry.throttle import Budget, Throttle

logger = logging.getLogger("authberry.accounts")

NOBODY = Client()
NAME_LENGTH = 200
UNNAMEABLE = {"Cc", "Cs", "Zl", "Zp"}
"""Controls, lone surrogates and line breaks; joiners are letters' business in many scripts."""
ROLE = re.compile(r"[A-Za-z0-9_:./-]{1,64}", re.ASCII)
FRESH = timedelta(minutes=5)
"""How old a login may be that stands for the password of somebody who has none."""


@dataclass(frozen=True, slots=True)
class Draft:
    """An account that may be made: nothing is written yet, and no password hashed."""

    user: User
    password: PreparedPassword | None = field(repr=False)


class Accounts:
    """People, and how they prove who they are."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        statements: Statements,
        addresses: ReservedAddresses,
        viewers: Viewers,
        passwords: Passwords,
        sessions: Sessions,
        notices: Notices,
        throttle: Throttle,
        log: SecurityLog,
        clock: Clock,
    ) -> None:
        """Compose the rules."""
        self._settings = settings
        self._breaches = open_breaches(settings.breached_passwords_url)
        self._database = database
        self._statements = statements
        self._addresses = addresses
        self._viewers = viewers
        self._passwords = passwords
        self._sessions = sessions
        self._notices = notices
        self._throttle = throttle
        self._log = log
        self._clock = clock

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
        draft = await self.draft(email, password, name, roles)
        if draft.password is not None:
            await self._addresses.refuse_taken(draft.user)
            draft.user.password_hash = await self._passwords.hash(draft.password)
        with self._database.use():
            try:
                async with self._database.transaction():
                    await draft.user.save(force_create=True)
                    await self._addresses.refuse_kept(draft.user)
            except IntegrityError:
                raise EmailTaken from None
        self._log.record(Event.REGISTERED, client, user_id=draft.user.id)
        return draft.user

    async def draft(
        self,
        email: str,
        password: str | None,
        name: str | None = None,
        roles: tuple[str, ...] = (),
    ) -> Draft:
        """Look at what an account is to have, and at no other account.

        Raises:
            InvalidInput, WeakPassword: as `create`.
        """
        address, known_as = email_addresses.normalize(email), name_of(name)
        if not all(ROLE.fullmatch(role) for role in roles):
            raise InvalidInput("role", "A role is 1 to 64 letters, digits and any of _ - : . /")
        for role in roles:
            if not self._settings.knows_role(role):
                raise InvalidInput("role", f"There is no role {role} in {PREFIX}ROLES.")
        prepared = None
        if password is not None:
            prepared = await self.accept(prepare(password), address, known_as)
        now = self._clock.now()
        user = User(id=uuid4(), email=address, name=known_as, roles=list(roles), created_at=now)
        return Draft(user, prepared)

    async def login(
        self, email: str, password: str, client: Client, transport: RefreshTokenTransport
    ) -> Issued:
        """Prove an address and a password, and begin a session.

        The attempt is counted before the password is looked at, and whoever it is for, one hash is
        made: neither the answer nor its time tells whether there is such an account.

        Raises:
            InvalidCredentials: the address is unknown, the password wrong, or the account disabled.
            EmailNotVerified: all of it is right, and the address has to be proved first.
            TooManyAttempts: for this account, from this network, or both.
            InvalidInput: the password is not text, or longer than any that could have been set.
        """
        prepared = prepare(password)
        try:
            address = email_addresses.normalize(email)
        except InvalidInput:
            address = "not an address"
        budgets = self._password_budgets(address, client)
        await self._throttle.spend(client, *budgets)
        with self._database.use():
            user = await self._statements.users.by_email(address)
        matches = await self._passwords.verify(user.password_hash if user else None, prepared)
        if user is None or not matches or user.disabled_at is not None:
            reason = (
                "unknown address" if user is None else "disabled" if matches else "wrong password"
            )
            self._log.record(
                Event.LOGIN_FAILED, client, user_id=user.id if user else None, reason=reason
            )
            raise InvalidCredentials
        await self._throttle.restore(*budgets[:2])
        await self._rehash(user, prepared)
        if self._settings.email_verification == "required" and not user.email_verified:
            self._log.record(
                Event.LOGIN_FAILED, client, user_id=user.id, reason="address not verified"
            )
            raise EmailNotVerified
        issued = await self._sessions.begin(user, client, transport)
        await self._notices.new_device(user, issued.session, client)
        self._log.record(
            Event.LOGIN_SUCCEEDED, client, user_id=user.id, session_id=issued.session.id
        )
        return issued

    async def prove(
        self,
        viewer: Viewer,
        password: PreparedPassword,
        client: Client,
        *,
        failure: Event = Event.PROOF_FAILED,
    ) -> RefreshToken:
        """Have the person asking prove once more who they are, before what cannot be taken back.

        It costs of the budgets of logging in, so that a stolen access token buys no guesses, and
        always exactly one hash. For somebody without a password a login of just now is the proof.

        Args:
            viewer: Who is asking.
            password: What they typed.
            client: Where.
            failure: What to record where it is wrong.

        Returns:
            Their session, with its user, in rows of one's own: those of the viewer are shared.

        Raises:
            InvalidCredentials: the password is wrong; or there is none, and the login is old.
            TooManyAttempts: the budget of logging in.
            Unauthenticated: the session has ended in the meantime.
        """
        with self._database.use():
            session = await RefreshToken.with_user(viewer.session.id)
        if session is None:
            raise Unauthenticated(UnauthenticatedReason.SESSION_REVOKED)
        user = session.user
        budgets = self._password_budgets(user.email, client)
        await self._throttle.spend(client, *budgets)
        matches = await self._passwords.verify(user.password_hash, password)
        if user.password_hash is None:
            matches = self._clock.now() - session.authenticated_at < FRESH
        if not matches:
            self._log.record(failure, client, user_id=user.id, session_id=session.id)
            raise InvalidCredentials
        await self._throttle.restore(*budgets[:2])
        return session

    async def change_password(
        self, viewer: Viewer, current_password: str, new_password: str, client: Client
    ) -> Issued:
        """Prove the old password, set the new one, end every other session and renew this one.

        All of it happens, or none. Of two changes at once, the second finds its old password wrong.

        Raises:
            InvalidCredentials: the current password is wrong.
            WeakPassword: the new one is; with the reasons.
            InvalidInput: one of them is not text, or too long.
            TooManyAttempts: the budget of logging in, which this shares.
        """
        current = prepare(current_password, field="currentPassword")
        prepared = prepare(new_password, field="newPassword")
        session = await self.prove(viewer, current, client, failure=Event.PASSWORD_CHANGE_FAILED)
        user = session.user
        accepted = await self.accept(prepared, user.email, user.name)
        new_hash = await self._passwords.hash(accepted)
        with self._database.use():
            async with self._database.transaction():
                changed = await User.filter(
                    id=user.id, password_hash=user.password_hash, disabled_at=None
                ).update(password_hash=new_hash)
                if not changed:
                    raise InvalidCredentials
                await (
                    RefreshToken.filter(user_id=user.id, revoked_at=None)
                    .exclude(id=session.id)
                    .update(revoked_at=self._clock.now(), revoked_reason="password changed")
                )
                token = await self._sessions.rotation.renew(session, client)
                await self._notices.password_changed(user, client)
        await self._viewers.settle()
        self._notices.wake()
        self._log.record(Event.PASSWORD_CHANGED, client, user_id=user.id, session_id=session.id)
        return await self._sessions.issue(user, session, token)

    async def set_password(self, user: User, new_password: str, client: Client) -> None:
        """Set a password without the old one and end every session, for the operator.

        Raises:
            WeakPassword, InvalidInput: as `register`.
        """
        prepared = await self.accept(prepare(new_password), user.email, user.name)
        new_hash = await self._passwords.hash(prepared)
        await self._shut(user, "password set", password_hash=new_hash, by=client)
        self._notices.wake()
        self._log.record(Event.PASSWORD_CHANGED, client, user_id=user.id, reason="operator")

    async def disable(self, user: User, client: Client) -> None:
        """Let nobody log in to this account, and end its sessions."""
        await self._shut(user, "disabled", disabled_at=self._clock.now())
        self._log.record(Event.USER_DISABLED, client, user_id=user.id)

    async def enable(self, user: User, client: Client) -> None:
        """Let its owner log in again. Sessions that were ended stay ended."""
        with self._database.use():
            await User.filter(id=user.id).update(disabled_at=None)
        self._log.record(Event.USER_ENABLED, client, user_id=user.id)

    async def find(self, id_or_email: str) -> User | None:
        """Look a person up for the operator, by id or by address."""
        with self._database.use():
            try:
                return await User.get_or_none(id=UUID(id_or_email))
            except ValueError:
                return await User.get_or_none(email=email_addresses.normalize(id_or_email))

    async def find_by_email(self, address: str) -> User | None:
        """Look a person up by an address in its normal form."""
        with self._database.use():
            return await User.get_or_none(email=address)

    async def find_many(self, ids: Collection[UUID]) -> Sequence[User | None]:
        """Look people up by id with one query; in the same order, None for each who is not here."""
        with self._database.use():
            found = {user.id: user for user in await User.filter(id__in=set(ids))}
        return [found.get(user_id) for user_id in ids]

    def refuse_strangers(self, viewer: Viewer, user_id: UUID) -> None:
        """Let people see what is private of themselves, and readers of anybody.

        Raises:
            Forbidden: the viewer is somebody else.
        """
        is_reader = not set(self._settings.user_readers).isdisjoint(viewer.user.roles)
        if viewer.user.id != user_id and not is_reader:
            raise Forbidden

    async def list(self, *, limit: int, offset: int = 0) -> list[User]:
        """List accounts, newest first, for the operator."""
        with self._database.use():
            return await User.all().order_by("-created_at", "id").offset(offset).limit(limit)

    async def accept(
        self, password: PreparedPassword, email: str, name: str | None
    ) -> PreparedPassword:
        """Return a password that may be set for this person; raises `WeakPassword`."""
        refuse_weak(
            password,
            min_length=self._settings.password_min_length,
            personal=[email, email.partition("@")[0], *([name] if name else [])],
        )
        if self._breaches:
            await self._breaches.refuse(password)
        return password

    async def _shut(
        self, user: User, reason: str, *, by: Client | None = None, **changes: object
    ) -> None:
        """Change an account and end its sessions; `by` is who set a password, to tell its owner."""
        with self._database.use():
            async with self._database.transaction():
                await User.filter(id=user.id).update(**changes)
                await RefreshToken.filter(user_id=user.id, revoked_at=None).update(
                    revoked_at=self._clock.now(), revoked_reason=reason
                )
                if by is not None:
                    await self._notices.password_changed(user, by)
        await self._viewers.settle()

    async def _rehash(self, user: User, password: PreparedPassword) -> None:
        """Bring a hash up to today's parameters. If that fails, the login does not."""
        outdated = user.password_hash
        if outdated is None or not self._passwords.is_outdated(outdated):
            return
        try:
            new_hash = await self._passwords.hash(password)
            with self._database.use():
                await User.filter(id=user.id, password_hash=outdated).update(password_hash=new_hash)
            user.password_hash = new_hash
        except (DatabaseUnavailable, ServiceUnavailable) as error:
            logger.warning("password hash not renewed", extra={"cause": type(error).__name__})

    def _password_budgets(self, email: str, client: Client) -> tuple[Budget, ...]:
        """What a guess costs. The first two are the account's, and come back with a right one."""
        settings = self._settings
        return (
            Budget(settings.login_attempts, ("login", "pair", email, client.network)),
            Budget(settings.login_attempts_per_account, ("login", "account", email)),
            Budget(settings.login_attempts_per_address, ("login", "address", client.network)),
            Budget(settings.login_attempts_in_all, ("login", "all")),
        )


def name_of(name: str | None) -> str | None:
    """A name as it is stored: trimmed, None where nothing is left; raises `InvalidInput`."""
    if name is None or not name.strip():
        return None
    if len(name) > NAME_LENGTH:
        raise InvalidInput("name", f"A name may have {NAME_LENGTH} characters at most.")
    if any(unicodedata.category(character) in UNNAMEABLE for character in name):
        raise InvalidInput("name", "A name may not have control characters.")
    return name.strip()

"""Changing a password that is known, and setting one for the operator."""

from dataclasses import dataclass

from authberry.client import Client
from authberry.errors import InvalidCredentials
from authberry.events import Event
from authberry.logins import PasswordLogins
from authberry.mail import Notices
from authberry.models import User
from authberry.passwords import Passwords, prepare
from authberry.resources import Resources
from authberry.sessions import Issued, Sessions, Viewer


@dataclass(frozen=True, eq=False)
class PasswordChanges:
    """Sets new passwords, and ends the sessions that the old one began."""

    resources: Resources
    passwords: Passwords
    logins: PasswordLogins
    sessions: Sessions
    notices: Notices

    async def change(
        self, viewer: Viewer, current_password: str | None, new_password: str, client: Client
    ) -> Issued:
        """Prove the old password, set the new one, end every other session and renew this one.

        It goes on under another id, to which nothing leads that was issued before. All of it
        happens, or none. Of two changes at once, the second finds its old password wrong.

        Raises:
            InvalidCredentials: the current password is wrong.
            StepUpRequired: as `PasswordLogins.prove`.
            WeakPassword: the new one is; with the reasons.
            InvalidInput: one of them is not text, or too long.
            TooManyAttempts: as `PasswordLogins.prove`.
        """
        current = None
        if current_password is not None:
            current = prepare(current_password, field="currentPassword")
        prepared = prepare(new_password, field="newPassword")
        session = await self.logins.prove(
            viewer, current, client, failure=Event.PASSWORD_CHANGE_FAILED
        )
        user = session.user
        accepted = await self.passwords.policy.accept(prepared, user.email, user.name)
        new_hash = await self.passwords.hasher.hash(accepted)
        async with self.resources.transaction() as events:
            changed = await User.filter(
                id=user.id, password_hash=user.password_hash, disabled_at=None
            ).update(password_hash=new_hash)
            if not changed:
                raise InvalidCredentials
            await self.sessions.revocation.end_within(user.id, "password changed", but=session.id)
            renewed, token = await self.sessions.rotation.renew(
                session, client, was_proved=current is not None
            )
            await self.notices.password_changed(user, client)
            events.record(Event.PASSWORD_CHANGED, client, user_id=user.id, session_id=renewed.id)
        await self.sessions.viewers.propagate()
        self.notices.wake()
        return await self.sessions.issue(user, renewed, token)

    async def set(self, user: User, new_password: str, client: Client) -> None:
        """Set a password without the old one and end every session, for the operator.

        Raises:
            WeakPassword, InvalidInput: as `Registration.register`.
        """
        prepared = prepare(new_password)
        accepted = await self.passwords.policy.accept(prepared, user.email, user.name)
        new_hash = await self.passwords.hasher.hash(accepted)
        async with self.resources.transaction() as events:
            await User.filter(id=user.id).update(password_hash=new_hash)
            await self.sessions.revocation.end_within(user.id, "password set")
            await self.notices.password_changed(user, client)
            events.record(Event.PASSWORD_CHANGED, client, user_id=user.id, reason="operator")
        await self.sessions.viewers.propagate()
        self.notices.wake()

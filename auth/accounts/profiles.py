"""What people say of themselves: a name, and the language they are written to in."""

from dataclasses import dataclass

from authberry.accounts.profile_fields import name_of
from authberry.client import Client
from authberry.errors import InvalidInput, Unauthenticated, UnauthenticatedReason
from authberry.events import Event
from authberry.mail import MailRenderer
from authberry.models import User
from authberry.resources import Resources
from authberry.sessions import Viewer, Viewers


@dataclass(frozen=True, eq=False)
class Profiles:
    """Lets people change it."""

    resources: Resources
    viewers: Viewers
    renderer: MailRenderer

    async def update(self, viewer: Viewer, client: Client, **wanted: str | None) -> User:
        """Change what is named, and nothing else; returns the person as they are then.

        Args:
            viewer: Who is asking.
            client: Where.
            wanted: `name` and `locale`, either or both; None or blank clears it.

        Raises:
            InvalidInput: this is no name, or there are no mails in that language.
            TooManyAttempts: to this account.
        """
        checks = {"name": name_of, "locale": self._locale}
        changes = {field: checks[field](value) for field, value in wanted.items()}
        if not changes:
            with self.resources.database.use():
                return await User.get(id=viewer.user.id)
        await self.resources.attempts.change("profile", viewer.user.id, client)
        async with self.resources.transaction():
            # Read before it is committed: whoever is told that it failed has changed nothing.
            user = await self._change(viewer, changes)
        await self.viewers.propagate()
        self.resources.log.record(
            Event.PROFILE_CHANGED, client, user_id=user.id, session_id=viewer.session.id
        )
        return user

    async def _change(self, viewer: Viewer, changes: dict[str, str | None]) -> User:
        person = User.filter(id=viewer.user.id, disabled_at=None)
        if not await person.update(**changes):
            raise Unauthenticated(UnauthenticatedReason.SESSION_REVOKED)
        return await User.get(id=viewer.user.id)

    def _locale(self, locale: str | None) -> str | None:
        if locale is None or not locale.strip():
            return None
        chosen = locale.strip().lower()
        if chosen not in self.renderer.languages:
            offered = ", ".join(sorted(self.renderer.languages))
            raise InvalidInput("locale", f"Mails are written in these languages: {offered}.")
        return chosen

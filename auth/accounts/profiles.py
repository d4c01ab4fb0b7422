"""What people say of themselves: a name, and the language they are written to in."""

from authberry.accounts.accounts import name_of
from authberry.client import Client
from authberry.errors import InvalidInput, Unauthenticated, UnauthenticatedReason
from authberry.events import Event, SecurityLog
from authberry.mail import MailRenderer
from authberry.models import Database, User
from authberry.sessions import Viewer, Viewers


class Profiles:
    """Lets people change it."""

    def __init__(
        self, database: Database, viewers: Viewers, letters: MailRenderer, log: SecurityLog
    ) -> None:
        """Compose the rules."""
        self._database = database
        self._viewers = viewers
        self._letters = letters
        self._log = log

    async def update(self, viewer: Viewer, client: Client, **wanted: str | None) -> User:
        """Change what is named, and nothing else; returns the person as they are then.

        Args:
            viewer: Who is asking.
            client: Where.
            wanted: `name` and `locale`, either or both; None or blank clears it.

        Raises:
            InvalidInput: this is no name, or there are no mails in that language.
        """
        checks = {"name": name_of, "locale": self._locale}
        changes = {field: checks[field](value) for field, value in wanted.items()}
        with self._database.use():
            people = User.filter(id=viewer.user.id, disabled_at=None)
            if changes and not await people.update(**changes):
                raise Unauthenticated(UnauthenticatedReason.SESSION_REVOKED)
            user = await User.get(id=viewer.user.id)
        if changes:
            await self._viewers.settle()
            self._log.record(
                Event.PROFILE_CHANGED, client, user_id=user.id, session_id=viewer.session.id
            )
        return user

    def _locale(self, locale: str | None) -> str | None:
        if locale is None or not locale.strip():
            return None
        chosen = locale.strip().lower()
        if chosen not in self._letters.languages:
            offered = ", ".join(sorted(self._letters.languages))
            raise InvalidInput("locale", f"Mails are written in these languages: {offered}.")
        return chosen

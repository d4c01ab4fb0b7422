"""The gate: whatever the way in, here a session begins, and nowhere else."""

from dataclasses import dataclass

from authberry.client import Client
from authberry.events import Event
from authberry.mail import Notices
from authberry.models import RefreshToken, User
from authberry.resources import Resources
from authberry.sessions import Issued, RefreshTokenTransport, Sessions
from authberry.tokens import OpenedToken


@dataclass(frozen=True, eq=False)
class Gate:
    """Begins sessions for those who have proved who they are."""

    resources: Resources
    sessions: Sessions
    notices: Notices

    async def enter(self, user: User, client: Client, transport: RefreshTokenTransport) -> Issued:
        """Begin a session; raises as `Sessions.begin`."""
        return await self.sessions.begin(user, client, transport)

    async def enter_within(
        self, user: User, client: Client, transport: RefreshTokenTransport, *, amr: str
    ) -> tuple[RefreshToken, OpenedToken]:
        """Begin a session inside the transaction of what proves who it is; then `complete`."""
        return await self.sessions.begin_within(user, client, transport, amr=amr)

    async def complete(self, user: User, session: RefreshToken, token: OpenedToken) -> Issued:
        """Issue the tokens of a session that was begun by `enter_within` and is now committed."""
        await self.sessions.viewers.propagate()
        return await self.sessions.issue(user, session, token)

    async def record(self, issued: Issued, client: Client, *, reason: str | None = None) -> None:
        """Record a login, and tell its owner if it is on a device that was not there before."""
        await self.notices.new_device(issued.user, issued.session, client)
        self.resources.log.record(
            Event.LOGIN_SUCCEEDED,
            client,
            user_id=issued.user.id,
            session_id=issued.session.id,
            reason=reason,
        )

"""The gate: whatever the way in, here a session begins, and nowhere else."""

from dataclasses import dataclass

from authberry.client import Client
from authberry.events import Event, TransactionEvents
from authberry.mail import Notices
from authberry.models import User
from authberry.resources import Resources
from authberry.sessions import BegunSession, Issued, RefreshTokenTransport, Sessions
from authberry.signing import LINK


@dataclass(frozen=True, eq=False)
class Gate:
    """Begins sessions for those who have proved who they are."""

    resources: Resources
    sessions: Sessions
    notices: Notices

    async def enter(self, user: User, client: Client, transport: RefreshTokenTransport) -> Issued:
        """Let somebody in who has just proved their password; record it, and tell of a new device.

        Session, notice and event are there, or none of them.

        Raises:
            InvalidCredentials: as `Sessions.begin`.
        """
        with self.resources.database.use():
            is_news = await self.notices.is_news(user, client)
        if not is_news:
            event = Event.LOGIN_SUCCEEDED
            return await self.sessions.begin(user, client, transport, event=event)
        async with self.resources.transaction() as events:
            begun = await self.sessions.begin_within(user, client, transport, events)
            await self.notices.new_device(user, client)
            events.record(
                Event.LOGIN_SUCCEEDED, client, user_id=user.id, session_id=begun.session.id
            )
        self.notices.wake()
        return await self.sessions.complete(begun)

    async def enter_by_link(
        self,
        user: User,
        client: Client,
        transport: RefreshTokenTransport,
        events: TransactionEvents,
    ) -> BegunSession:
        """Do so inside the transaction that uses a link up; then `complete_by_link`."""
        is_news = await self.notices.is_news(user, client)
        begun = await self.sessions.begin_within(user, client, transport, events, amr=LINK)
        if is_news:
            await self.notices.new_device(user, client)
        events.record(
            Event.LOGIN_SUCCEEDED,
            client,
            user_id=user.id,
            session_id=begun.session.id,
            reason="link",
        )
        return begun

    async def complete_by_link(self, begun: BegunSession) -> Issued:
        """Issue the tokens, once that is committed and nobody goes by what was before."""
        self.notices.wake()
        await self.sessions.viewers.propagate()
        return await self.sessions.complete(begun)

    async def enter_registered(
        self,
        user: User,
        client: Client,
        transport: RefreshTokenTransport,
        events: TransactionEvents,
    ) -> BegunSession:
        """Begin a session inside the transaction that makes its account, which is what is told."""
        return await self.sessions.begin_within(user, client, transport, events)

    async def complete(self, begun: BegunSession) -> Issued:
        """Issue its tokens, once that is committed."""
        return await self.sessions.complete(begun)

"""Security notices: mails that tell somebody what was done with their account.

Each is written with the change that it tells of, to the address of that moment; so whoever changes
the address next does not keep it from the owner.
"""

import logging
from datetime import datetime, timedelta

from authberry.client import Client, readable
from authberry.clock import Clock
from authberry.events import Event
from authberry.links import Links
from authberry.mail.outbox import MailContent, Outbox, QueuedMail
from authberry.mail.rendering import MailKind
from authberry.models import (
    Database,
    DatabaseUnavailable,
    RefreshToken,
    SecurityEvent,
    Statements,
    User,
)
from authberry.settings import Settings

logger = logging.getLogger("authberry.notices")

MOST = 500
"""How many of a person's sessions are looked at, and of their logins, newest first."""
LOGINS = [Event.LOGIN_SUCCEEDED.value[0], Event.REGISTERED.value[0]]
FIRST_DAY = timedelta(days=1)
"""Sessions that are over are kept for as long; whoever has none by then has never logged in."""


class Notices:
    """Tells people of a new password, a new device, and a token that was used twice."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        statements: Statements,
        links: Links,
        outbox: Outbox,
        clock: Clock,
    ) -> None:
        """Write nothing where AUTHBERRY_SECURITY_NOTICES is off."""
        self._is_on = settings.security_notices and settings.sends_mail
        self._database = database
        self._statements = statements
        self._links = links
        self._outbox = outbox
        self._clock = clock
        for letter in (MailKind.PASSWORD_CHANGED, MailKind.TOKEN_REUSED, MailKind.NEW_DEVICE):
            outbox.compose(letter, self._write)

    @property
    def is_on(self) -> bool:
        """Whether anybody is told of anything."""
        return self._is_on

    def wake(self) -> None:
        """Have what was written sent, once it is committed."""
        if self._is_on:
            self._outbox.wake()

    async def password_changed(self, user: User, client: Client) -> None:
        """Tell of a new password, inside the transaction that sets it."""
        await self._put(MailKind.PASSWORD_CHANGED, user, client)

    async def token_reused(self, user: User, client: Client) -> None:
        """Tell that a session ended for reuse, inside the transaction that ends it."""
        await self._put(MailKind.TOKEN_REUSED, user, client)

    async def new_device(self, user: User, session: RefreshToken, client: Client) -> None:
        """Tell of a session that has just begun, if it is on a device that was not there before.

        It is no part of the login, which neither fails nor is undone because of it.
        """
        if not self._is_on:
            return
        try:
            with self._database.use():
                if await self._is_known(user, session):
                    return
                await self._put(MailKind.NEW_DEVICE, user, client)
        except DatabaseUnavailable as error:
            logger.warning("new device not looked for", extra={"cause": str(error)})
            return
        self._outbox.wake()

    async def _is_known(self, user: User, session: RefreshToken) -> bool:
        """Whether the person was on such a device before, or nowhere yet.

        It goes by the device's name without its versions: a browser that has updated itself is no
        news. The sessions know nearly always, and else the logins of the last months, where events
        are stored. An account on which nobody has been since yesterday, when it was made, is new.
        """
        seen = {device(name) for name in await self._statements.sessions.user_agents(session, MOST)}
        if device(session.user_agent) in seen:
            return True
        logins = SecurityEvent.filter(user_id=user.id, kind__in=LOGINS, user_agent__isnull=False)
        names = await logins.order_by("-id").limit(MOST).values_list("user_agent", flat=True)
        seen |= {device(str(name)) for name in names}
        if not seen:
            return self._clock.now() - user.created_at < FIRST_DAY
        return device(session.user_agent) in seen

    async def _put(self, letter: MailKind, user: User, client: Client) -> None:
        if self._is_on:
            await self._outbox.put(
                letter,
                user.email,
                client,
                user_id=str(user.id),
                at=self._clock.now().isoformat(),
                user_agent=readable(client.user_agent) or "",
            )

    async def _write(self, order: QueuedMail) -> MailContent | None:
        """What happened, when and from where; nothing if the account is gone."""
        with self._database.use():
            user = await User.get_or_none(id=order.facts["user_id"])
        if user is None:
            return None
        values = {
            "name": user.name,
            "at": datetime.fromisoformat(order.facts["at"]),
            "address": order.client.address,
            "user_agent": order.facts["user_agent"] or None,
            "link": self._links.forgot,
        }
        return MailContent(order.to, values, user.id, user.locale)


def device(user_agent: str | None) -> str:
    """What a program calls itself, without its versions."""
    return "".join(one for one in user_agent or "" if not one.isdigit())

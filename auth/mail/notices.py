"""Security notices: mails that tell somebody what was done with their account.

Each is written with the change that it tells of, to the address of that moment; so whoever changes
the address next does not keep it from the owner.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from authberry.client import Client, readable
from authberry.events import LOGINS
from authberry.links import Links
from authberry.mail.outbox import Outbox
from authberry.mail.queued_mail import Composer, MailContent, QueuedMail
from authberry.mail.rendering import MailKind
from authberry.models import SecurityEvent, User
from authberry.resources import Resources

MOST = 500
"""How many of a person's sessions are looked at, and of their logins, newest first."""
FIRST_DAY = timedelta(days=1)
"""Sessions that are over are kept for as long; whoever has none by then has never logged in."""
KINDS = (
    MailKind.PASSWORD_CHANGED,
    MailKind.TOKEN_REUSED,
    MailKind.NEW_DEVICE,
    MailKind.FACTOR_ADDED,
    MailKind.FACTOR_REMOVED,
    MailKind.FACTORS_RESET,
    MailKind.RECOVERY_CODE_USED,
    MailKind.RECOVERY_CODES_REPLACED,
)


@dataclass(frozen=True, eq=False)
class Notices:
    """Tells people of a new password, a new device, and a token that was used twice."""

    resources: Resources
    links: Links
    outbox: Outbox

    @property
    def composers(self) -> Mapping[MailKind, Composer]:
        """What says what is in them."""
        return dict.fromkeys(KINDS, self._compose)

    @property
    def is_on(self) -> bool:
        """Whether anybody is told of anything; see AUTHBERRY_SECURITY_NOTICES."""
        settings = self.resources.settings
        return settings.security_notices and settings.sends_mail

    def wake(self) -> None:
        """Have what was written sent, once it is committed."""
        if self.is_on:
            self.outbox.wake()

    async def password_changed(self, user: User, client: Client) -> None:
        """Tell of a new password, inside the transaction that sets it."""
        await self._put(MailKind.PASSWORD_CHANGED, user, client)

    async def token_reused(self, user: User, client: Client) -> None:
        """Tell that a session ended for reuse, inside the transaction that ends it."""
        await self._put(MailKind.TOKEN_REUSED, user, client)

    async def factor_added(self, user: User, client: Client) -> None:
        """Tell of a new factor, inside the transaction that adds it."""
        await self._put(MailKind.FACTOR_ADDED, user, client)

    async def factor_removed(self, user: User, client: Client) -> None:
        """Tell of a factor that is gone, inside the transaction that removes it."""
        await self._put(MailKind.FACTOR_REMOVED, user, client)

    async def factors_reset(self, user: User, client: Client) -> None:
        """Tell that all factors are gone, inside the transaction that removes them."""
        await self._put(MailKind.FACTORS_RESET, user, client)

    async def recovery_code_used(self, user: User, client: Client) -> None:
        """Tell of a recovery code that is used up, inside the transaction that uses it."""
        await self._put(MailKind.RECOVERY_CODE_USED, user, client)

    async def recovery_codes_replaced(self, user: User, client: Client) -> None:
        """Tell of new recovery codes, inside the transaction that makes them."""
        await self._put(MailKind.RECOVERY_CODES_REPLACED, user, client)

    async def new_device(self, user: User, client: Client) -> None:
        """Tell of a session on a new device, inside the transaction that begins it."""
        await self._put(MailKind.NEW_DEVICE, user, client)

    async def is_news(self, user: User, client: Client) -> bool:
        """Whether a login is to be told of; asked before its session begins, in `Database.use`."""
        return self.is_on and not await self._is_known(user, readable(client.user_agent))

    async def _is_known(self, user: User, user_agent: str | None) -> bool:
        """Whether the person was on such a device before, or nowhere yet.

        It goes by the device's name without its versions: a browser that has updated itself is no
        news. The sessions know nearly always, and else the logins of the last months, where events
        are stored. An account on which nobody has been since yesterday, when it was made, is new.
        """
        seen = {
            device(name)
            for name in await self.resources.statements.sessions.user_agents(user.id, MOST)
        }
        if device(user_agent) in seen:
            return True
        logins = SecurityEvent.filter(user_id=user.id, kind__in=LOGINS, user_agent__isnull=False)
        names = await logins.order_by("-id").limit(MOST).values_list("user_agent", flat=True)
        seen |= {device(str(name)) for name in names}
        if not seen:
            return self.resources.clock.now() - user.created_at < FIRST_DAY
        return device(user_agent) in seen

    async def _put(self, kind: MailKind, user: User, client: Client) -> None:
        if self.is_on:
            await self.outbox.put(
                kind,
                user.email,
                client,
                user_id=str(user.id),
                at=self.resources.clock.now().isoformat(),
                user_agent=readable(client.user_agent) or "",
            )

    async def _compose(self, queued: QueuedMail) -> MailContent | None:
        """What happened, when and from where; nothing if the account is gone."""
        with self.resources.database.use():
            user = await User.get_or_none(id=queued.facts["user_id"])
        if user is None:
            return None
        values = {
            "name": user.name,
            "at": datetime.fromisoformat(queued.facts["at"]),
            "address": queued.client.address,
            "user_agent": queued.facts["user_agent"] or None,
            "link": self.links.pages.forgot,
        }
        return MailContent(queued.to, values, user.id, user.locale)


def device(user_agent: str | None) -> str:
    """What a program calls itself, without its versions."""
    return "".join(one for one in user_agent or "" if not one.isdigit())

"""Logging in by a link: it works once, for ten minutes, and where it was asked for.

A browser is given a secret when it asks, in a cookie, and the link works with that secret only. So
a link that is forwarded, or read by somebody else, opens nothing; and nobody can have a browser log
in to an account of theirs by sending it a link that they asked for elsewhere (login CSRF). What a
program without a browser asks for works in such programs only.
"""

import hmac
from collections.abc import Sequence

from authberry.accounts import Accounts
from authberry.client import Client
from authberry.errors import InvalidCredentials, InvalidToken
from authberry.events import Event, SecurityLog
from authberry.links import Links, OneTimeTokens, digest
from authberry.mail import MailContent, MailKind, MailRequests, Notices, Outbox, QueuedMail
from authberry.models import Database, OneTimeToken, RefreshToken
from authberry.sessions import Issued, RefreshTokenTransport, Sessions, Viewers
from authberry.settings import LinkPurpose
from authberry.signing import LINK
from authberry.tokens import OpenedToken


class LoginLinks:
    """Lets whoever reads the mail of an address log in without a password."""

    def __init__(
        self,
        database: Database,
        accounts: Accounts,
        viewers: Viewers,
        sessions: Sessions,
        tokens: OneTimeTokens,
        links: Links,
        outbox: Outbox,
        requests: MailRequests,
        notices: Notices,
        log: SecurityLog,
    ) -> None:
        """Compose the rules."""
        self._database = database
        self._accounts = accounts
        self._viewers = viewers
        self._sessions = sessions
        self._tokens = tokens
        self._links = links
        self._requests = requests
        self._notices = notices
        self._log = log
        outbox.compose(MailKind.LOGIN_LINK, self._write)

    async def request(self, email: str, browser: str | None, client: Client) -> None:
        """Ask for a link; the same whether or not there is an account.

        Args:
            email: As somebody typed it.
            browser: The secret of the browser that asks; None of a program that is none.
            client: Where from.

        Raises:
            InvalidInput, MailUnavailable, TooManyAttempts: as `MailRequests.request`.
        """
        lifetime = self._tokens.lifetime(LinkPurpose.LOGIN)
        browser_hash = digest(browser) if browser else ""
        await self._requests.request(
            MailKind.LOGIN_LINK, email, client, within=lifetime, browser_hash=browser_hash
        )

    async def login(
        self,
        token: str,
        browser: Sequence[str] | None,
        client: Client,
        transport: RefreshTokenTransport,
    ) -> Issued:
        """Begin a session with a link, which also proves the address.

        Args:
            token: Of the link.
            browser: The secrets that the browser holds; None of a program that is none.
            client: Where from.
            transport: How the client will hold the refresh token.

        Raises:
            InvalidToken: the link is not good, or not here.
            TooManyAttempts: from this network.
        """
        async with self._tokens.presented(token, LinkPurpose.LOGIN, client) as found:
            _refuse_elsewhere(found, browser)
            was_leaving = found.user.deletes_at is not None
            with self._database.use():
                async with self._database.transaction():
                    session, refresh_token = await self._begin(found, client, transport)
        if was_leaving:
            self._log.record(Event.DELETION_CANCELLED, client, user_id=found.user.id)
        await self._viewers.settle()
        issued = await self._sessions.issue(found.user, session, refresh_token)
        await self._notices.new_device(found.user, session, client)
        self._log.record(
            Event.LOGIN_SUCCEEDED,
            client,
            user_id=found.user.id,
            session_id=session.id,
            reason="link",
        )
        return issued

    async def _begin(
        self, token: OneTimeToken, client: Client, transport: RefreshTokenTransport
    ) -> tuple[RefreshToken, OpenedToken]:
        await self._tokens.use(token, email_verified=True)
        try:
            return await self._sessions.begin_within(token.user, client, transport, amr=LINK)
        except InvalidCredentials:
            raise InvalidToken from None

    async def _write(self, order: QueuedMail) -> MailContent | None:
        """A link for whoever has the address; nothing where nobody has, or the account is shut."""
        user = await self._accounts.find_by_email(order.to)
        if user is None or user.disabled_at is not None:
            return None
        token = await self._tokens.issue(
            user, LinkPurpose.LOGIN, browser_hash=order.facts["browser_hash"] or None
        )
        values = {
            "name": user.name,
            "link": self._links.to(LinkPurpose.LOGIN, token),
            "lifetime": self._tokens.lifetime(LinkPurpose.LOGIN),
            "address": order.client.address,
        }
        return MailContent(user.email, values, user.id, user.locale)


def _refuse_elsewhere(token: OneTimeToken, browser: Sequence[str] | None) -> None:
    """Refuse a link that was asked for elsewhere; it stays as it is.

    Raises:
        InvalidToken: by another browser, or by a program and not a browser, or the other way round.
    """
    if token.browser_hash is None:
        is_here = browser is None
    else:
        held = [digest(secret) for secret in browser or ()]
        is_here = any(hmac.compare_digest(one, token.browser_hash) for one in held)
    if not is_here:
        raise InvalidToken

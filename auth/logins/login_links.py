"""Logging in by a link: it works once, for ten minutes, and where it was asked for.

A browser is given a secret when it asks, in a cookie, and the link works with that secret only. So
a link that is forwarded, or read by somebody else, opens nothing; and nobody can have a browser log
in to an account of theirs by sending it a link that they asked for elsewhere (login CSRF). What a
program without a browser asks for works in such programs only.
"""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass

from authberry.client import Client
from authberry.errors import InvalidCredentials, InvalidToken
from authberry.links import Links, digest
from authberry.logins.first_proofs import FirstProofs
from authberry.logins.gate import Gate
from authberry.logins.outcomes import LoginOutcome
from authberry.mail import MailContent, MailKind, MailRequests, QueuedMail, recipient
from authberry.models import OneTimeToken
from authberry.resources import Resources
from authberry.sessions import RefreshTokenTransport
from authberry.settings import LinkPurpose
from authberry.signing import LINK_PROOF


@dataclass(frozen=True, eq=False)
class LoginLinks:
    """Lets whoever reads the mail of an address log in without a password."""

    resources: Resources
    gate: Gate
    links: Links
    first_proofs: FirstProofs
    requests: MailRequests

    async def request(self, email: str, browser: str | None, client: Client) -> None:
        """Ask for a link; the same whether or not there is an account.

        Args:
            email: As somebody typed it.
            browser: The secret of the browser that asks; None of a program that is none.
            client: Where from.

        Raises:
            InvalidInput, MailUnavailable, TooManyAttempts: as `MailRequests.request`.
        """
        lifetime = self.links.lifetime(LinkPurpose.LOGIN)
        browser_hash = digest(browser) if browser else ""
        await self.requests.request(
            MailKind.LOGIN_LINK, email, client, within=lifetime, browser_hash=browser_hash
        )

    async def login(
        self,
        token: str,
        browser: Sequence[str] | None,
        client: Client,
        transport: RefreshTokenTransport,
        held: Sequence[str] = (),
    ) -> LoginOutcome:
        """Begin a session with a link, which also proves the address; see `FirstProofs`.

        Args:
            token: Of the link.
            browser: The secrets that the browser holds; None of a program that is none.
            client: Where from.
            transport: How the client will hold the refresh token.
            held: The refresh tokens that the browser holds already.

        Raises:
            InvalidToken: the link is not good, or not here.
            TooManyAttempts: from this network.
        """
        async with self.links.tokens.presented(token, LinkPurpose.LOGIN, client) as found:
            _refuse_elsewhere(found, browser)
            await self.gate.second_factors.resets.held(found.user, client)
            async with self.resources.transaction() as events:
                is_told = await self.first_proofs.use(found, held, client, events)
                try:
                    entered = await self.gate.enter_within(
                        found.user, client, transport, LINK_PROOF, events, reason="link"
                    )
                except InvalidCredentials:
                    raise InvalidToken from None
        await self.gate.sessions.viewers.propagate()
        if is_told:
            self.first_proofs.notices.wake()
        return await self.gate.complete(entered)

    async def compose(self, queued: QueuedMail) -> MailContent | None:
        """A link for whoever has the address; nothing where nobody has, or the account is shut."""
        user = await recipient(self.resources, queued)
        if user is None:
            return None
        browser_hash = queued.facts["browser_hash"] or None
        link = await self.links.issue(user, LinkPurpose.LOGIN, browser_hash=browser_hash)
        values = {"name": user.name, "address": queued.client.address, **link}
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

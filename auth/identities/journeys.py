"""To a provider and back: where the browser is sent, and what is made of the answer it brings."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from authberry.attempts import by_network
from authberry.client import Client
from authberry.errors import InvalidInput, InvalidTicket, ProviderAway
from authberry.events import Event
from authberry.identities.answers import BrowserSecrets, HeldSecrets, Purpose, WantedLogin
from authberry.identities.pending import PendingExternalLogins
from authberry.identities.return_urls import ReturnUrls
from authberry.models import ExternalLogin
from authberry.providers import (
    PROVIDER,
    ExternalAccount,
    ExternalLoginRefused,
    OfferedProvider,
    Providers,
    ProviderUnavailable,
    UnknownProvider,
)
from authberry.resources import Resources
from authberry.throttle import Budget

REASON_LENGTH = 64
"""Characters that the row of an event has for its reason."""
ROWS = 10
"""How many times as much may be begun as may fail."""


@dataclass(frozen=True, slots=True)
class BegunLogin:
    """Where to go."""

    authorization_url: str = field(repr=False)
    ticket: str | None = field(repr=False)
    expires_at: datetime


@dataclass(frozen=True, eq=False)
class Journeys:
    """Sends browsers to providers, and takes the answers with which they come back."""

    resources: Resources
    providers: Providers
    pending: PendingExternalLogins
    urls: ReturnUrls

    def provider(self, name: str) -> OfferedProvider:
        """Return a provider that is offered.

        Raises:
            InvalidInput: there is none of that name.
        """
        try:
            return self.providers.find(name)
        except UnknownProvider:
            raise InvalidInput("provider", "There is no such provider here.") from None

    async def begin(
        self, wanted: WantedLogin, browser: BrowserSecrets | None, client: Client
    ) -> BegunLogin:
        """Begin a login at a provider.

        Args:
            wanted: Which, and what it is to end with.
            browser: What the browser that asks has been given; None of a program that is none.
            client: Where.

        Raises:
            InvalidInput: there is no such provider, it cannot ask somebody once more who they are,
                or the page to return to is not ours.
            TooManyAttempts: from this network, or for this account.
            ProviderAway: the provider does not answer.
        """
        provider = self.provider(wanted.provider)
        fresh = wanted.purpose is Purpose.REAUTHENTICATION
        if fresh and not provider.can_reauthenticate:
            raise InvalidInput("provider", "This provider cannot ask once more who somebody is.")
        page = self.urls.page(wanted.return_to)
        await self.resources.throttle.spend(client, *self._budgets(client), *self._rows(client))
        if wanted.viewer:
            await self.resources.attempts.change("identities", wanted.viewer.user.id, client)
        try:
            authorization = await self.providers.begin(
                provider.id, self.urls.callback(provider.id), is_fresh=fresh
            )
        except ProviderUnavailable:
            self._refused(client, provider.id, "unavailable")
            raise ProviderAway from None
        async with self.resources.transaction():
            row, ticket = await self.pending.begin(
                WantedLogin(
                    provider.id, wanted.purpose, page, wanted.transport, viewer=wanted.viewer
                ),
                authorization.kept,
                browser,
            )
        return BegunLogin(authorization.url, ticket, row.expires_at)

    async def answer(
        self, name: str, said: Mapping[str, str], held: HeldSecrets, client: Client
    ) -> str:
        """Take a provider's answer, and keep what it comes to; returns the page to go to.

        Args:
            name: The provider whose callback was asked for.
            said: The parameters of the request.
            held: What the browser shows.
            client: Where.

        Raises:
            InvalidTicket: it was not begun in this browser, at this provider and just now; or such
                an answer has come before.
        """
        try:
            with self.resources.database.use():
                row = await self.pending.claim(name, said.get("state", ""), held)
        except InvalidTicket:
            self._refused(client, None, "begun elsewhere, or answered")
            raise
        account, face = await self._finish(row, said, client)
        with self.resources.database.use():
            await self.pending.keep(row, account, face)
        return row.return_to

    async def from_id_token(
        self, name: str, id_token: str, nonce: str | None, client: Client
    ) -> ExternalAccount:
        """Check an ID token that an app brings.

        Raises:
            ExternalLoginRefused: it is not good.
            InvalidInput: there is no such provider.
            TooManyAttempts: from this network.
            ProviderAway: its keys cannot be fetched.
        """
        provider = self.provider(name)
        await self.resources.throttle.spend(client, *self._budgets(client))
        try:
            return await self.providers.from_id_token(provider.id, id_token, nonce)
        except ProviderUnavailable:
            self._refused(client, provider.id, "unavailable")
            raise ProviderAway from None
        except ExternalLoginRefused as refusal:
            self._refused(client, provider.id, refusal.reason)
            raise

    async def restore(self, client: Client) -> None:
        """Give back what beginning has cost, since it was honest."""
        await self.resources.throttle.restore(*self._budgets(client))

    async def _finish(
        self, row: ExternalLogin, said: Mapping[str, str], client: Client
    ) -> tuple[ExternalAccount | None, str]:
        """Return the account at the provider; or None, and what a client is told instead."""
        secrets, callback = self.pending.secrets(row), self.urls.callback(row.provider)
        try:
            return await self.providers.finish(row.provider, callback, secrets, said), ""
        except UnknownProvider:  # which was one when it began
            self._refused(client, row.provider, "not configured")
            return None, PROVIDER
        except ExternalLoginRefused as refusal:
            self._refused(client, row.provider, refusal.reason)
            return None, refusal.face

    def _budgets(self, client: Client) -> tuple[Budget, ...]:
        limit = self.resources.settings.login_attempts_per_address
        return by_network(limit, ("external", "address"), client)

    def _rows(self, client: Client) -> tuple[Budget, ...]:
        """What is never given back: each that is begun is a row for minutes, however it ends."""
        limit = self.resources.settings.login_attempts_per_address
        return by_network(limit, ("external", "begun"), client, times=ROWS)

    def _refused(self, client: Client, provider: str | None, reason: str) -> None:
        named = f"{provider}: {reason}" if provider else reason
        self.resources.log.record(
            Event.EXTERNAL_LOGIN_REFUSED, client, reason=named[:REASON_LENGTH]
        )

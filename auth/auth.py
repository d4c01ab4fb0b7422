"""The composition root: every room wires its own services, and here the rooms are wired."""

from types import TracebackType
from typing import Self

from authberry.accounts import Accounts
from authberry.clock import Clock
from authberry.doctor import refuse_danger, warn_of_lifetime
from authberry.events import EventHistory
from authberry.factors import Factors
from authberry.links import Links
from authberry.logins import Foundations, Logins
from authberry.mail import Mail
from authberry.oauth_clients import OAuthClients
from authberry.passwords import Passwords
from authberry.pruning import Pruning
from authberry.resources import Resources
from authberry.sessions import Sessions
from authberry.settings import Settings
from authberry.signing import Signing


class Auth:
    """The services, wired. Nothing of it is global, so that a process can hold several.

    async with Auth(Settings()) as auth:
        issued = await auth.logins.passwords.login(...)
    """

    def __init__(self, settings: Settings, *, clock: Clock | None = None) -> None:
        """Wire the rooms; opens nothing yet.

        Args:
            settings: What the operator decides.
            clock: For tests. Unless given, time is the database's where that has a clock.

        Raises:
            SettingsError: in production, when something is missing or dangerous.
        """
        refuse_danger(settings)
        self.settings = settings
        self.is_open = False
        self.resources = resources = Resources.of(settings, clock)
        self.database, self.throttle = resources.database, resources.throttle
        self.clock, self.metrics = resources.clock, resources.metrics
        self.history = EventHistory(resources.database, resources.events)

        self.signing = Signing.wire(resources)
        self.passwords = Passwords.wire(resources)
        self.links = Links.wire(resources)
        self.mail = Mail.wire(resources, self.links)
        self.sessions = Sessions(resources, self.signing.access_tokens, self.mail.notices)
        self.factors = Factors.wire(resources, self.passwords)
        self.logins = Logins.wire(
            Foundations(
                resources, self.passwords, self.sessions, self.factors, self.links, self.mail
            )
        )
        self.accounts = Accounts(
            resources, self.passwords, self.sessions, self.logins, self.links, self.mail
        )
        self.oauth_clients = OAuthClients(settings.oauth_clients, resources.log)
        resets = self.logins.second_factors.resets
        self.pruning = Pruning(resources, self.signing.keys, self.accounts.deletion, resets)

        # Who says what is in a mail, once it is sent.
        self.outbox = self.mail.outbox
        for room in (self.mail.notices, self.logins, self.accounts):
            self.outbox.composers |= room.composers

    async def __aenter__(self) -> Self:
        """Open the database and read the keys; in development, bring the tables up to date.

        Raises:
            DatabaseUnavailable, DatabaseTooNew, OtherDialect: as `Resources.open`.
            SettingsError: the secret does not fit the stored keys.
        """
        try:
            await self.resources.open()
            await self.signing.keys.load()
        except BaseException:
            await self.close()
            raise
        self.is_open = True
        warn_of_lifetime(self.settings.access_token_ttl)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close what was opened."""
        await self.close()

    def follow(self, path: str) -> None:
        """Go on under a path of the public URL, before any token is issued.

        Issuer, audience and cookie are named after the public URL, and where a host has mounted
        this is known only when the first request comes.
        """
        self.settings = self.settings.under(path)
        self.signing.access_tokens.follow(self.settings)
        self.sessions.introspection.follow(self.settings)
        self.links.pages.follow(self.settings)

    async def close(self) -> None:
        """Stop what works in the background and close all connections; all may be opened again."""
        self.is_open = False
        await self.outbox.close()
        self.passwords.hasher.close()
        await self.sessions.viewers.close()
        await self.resources.close()

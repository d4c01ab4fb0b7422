"""The composition root."""

from types import TracebackType
from typing import Self

from authberry.accounts import (
    AccountExport,
    Accounts,
    Deletion,
    EmailChanges,
    Profiles,
    Recovery,
    Registration,
    ReservedAddresses,
    Verification,
)
from authberry.clock import Clock, SystemClock
from authberry.database_clock import DatabaseClock
from authberry.doctor import refuse_danger
from authberry.events import EventHistory, EventStore, SecurityLog
from authberry.links import Links, OneTimeTokens
from authberry.logins import LoginLinks
from authberry.mail import Console, MailRenderer, MailRequests, Notices, Outbox, Smtp
from authberry.metrics import open_metrics
from authberry.models import Database, Statements
from authberry.oauth_clients import OAuthClients
from authberry.passwords import Passwords
from authberry.pruning import Pruning
from authberry.sessions import Introspection, Sessions, Viewers
from authberry.settings import Settings
from authberry.signing import AccessTokens, KeyRing
from authberry.throttle import Throttle


class Auth:
    """The services, wired. Nothing of it is global, so that a process can hold several.

    async with Auth(Settings()) as auth:
        issued = await auth.accounts.login(...)
    """

    def __init__(self, settings: Settings, *, clock: Clock | None = None) -> None:
        """Wire the services; opens nothing yet.

        Args:
            settings: What the operator decides.
            clock: For tests. Unless given, time is the database's where that has a clock.

        Raises:
            SettingsError: in production, when something is missing or dangerous.
        """
        refuse_danger(settings)
        self.settings = settings
        self.database = Database(settings.database_url, pool_size=settings.database_pool_size)
        # Processes that share an SQLite file share a machine, and so a clock.
        self.clock = clock or (SystemClock() if self.database.is_sqlite else DatabaseClock())
        self.metrics = open_metrics()
        statements = Statements(self.database)
        self.event_store = EventStore(settings, self.database, statements, self.clock)
        log = SecurityLog(self.metrics, self.event_store)
        self.throttle = Throttle(settings.throttle_url, log)
        self.passwords = Passwords(self.metrics)
        self.keys = KeyRing(settings, self.database, self.clock)
        self.access_tokens = AccessTokens(settings, self.keys, self.clock)
        self.viewers = Viewers(settings, self.database, statements, self.clock)
        self.links = Links(settings)
        self.letters = MailRenderer(settings)
        self.outbox = Outbox(
            settings,
            self.database,
            statements,
            self.letters,
            Smtp(settings) if settings.smtp_url else Console(),
            log,
            self.metrics,
            self.clock,
        )
        self.notices = Notices(
            settings, self.database, statements, self.links, self.outbox, self.clock
        )
        self.sessions = Sessions(
            settings,
            self.database,
            statements,
            self.viewers,
            self.access_tokens,
            self.notices,
            self.throttle,
            log,
            self.clock,
        )
        self.introspection = Introspection(
            settings, self.database, self.access_tokens, self.viewers, self.sessions.rotation
        )
        self.oauth_clients = OAuthClients(settings.oauth_clients, log)
        addresses = ReservedAddresses(self.database, self.clock)
        self.accounts = Accounts(
            settings,
            self.database,
            statements,
            addresses,
            self.viewers,
            self.passwords,
            self.sessions,
            self.notices,
            self.throttle,
            log,
            self.clock,
        )
        self.profiles = Profiles(self.database, self.viewers, self.letters, log)
        self.one_time_tokens = OneTimeTokens(
            settings, self.database, self.throttle, log, self.clock
        )
        mail_requests = MailRequests(settings, self.database, self.outbox, self.throttle, log)
        self.registration = Registration(
            settings,
            self.database,
            statements,
            addresses,
            self.accounts,
            self.passwords,
            self.sessions,
            self.one_time_tokens,
            self.links,
            self.outbox,
            mail_requests,
            self.throttle,
            log,
        )
        self.verification = Verification(
            self.database,
            self.accounts,
            self.viewers,
            self.one_time_tokens,
            self.links,
            self.outbox,
            mail_requests,
            log,
        )
        self.recovery = Recovery(
            self.database,
            self.accounts,
            self.viewers,
            self.passwords,
            self.one_time_tokens,
            self.links,
            self.outbox,
            mail_requests,
            self.notices,
            log,
            self.clock,
        )
        self.email_changes = EmailChanges(
            settings,
            self.database,
            addresses,
            self.accounts,
            self.viewers,
            self.one_time_tokens,
            self.links,
            self.outbox,
            mail_requests,
            log,
            self.clock,
        )
        self.login_links = LoginLinks(
            self.database,
            self.accounts,
            self.viewers,
            self.sessions,
            self.one_time_tokens,
            self.links,
            self.outbox,
            mail_requests,
            self.notices,
            log,
        )
        self.security_events = EventHistory(self.database, self.event_store)
        self.account_export = AccountExport(
            settings,
            self.database,
            self.security_events,
            self.outbox,
            self.throttle,
            log,
            self.clock,
        )
        self.departures = Deletion(
            settings,
            self.database,
            statements,
            self.accounts,
            self.viewers,
            self.outbox,
            log,
            self.clock,
        )
        self.pruning = Pruning(
            settings,
            self.database,
            self.keys,
            self.departures,
            self.one_time_tokens,
            self.throttle,
            self.clock,
        )

    async def __aenter__(self) -> Self:
        """Open the database and read the keys; in development, bring the tables up to date.

        Raises:
            DatabaseUnavailable: it cannot be reached, or lacks tables: `authberry migrate`.
            DatabaseTooNew: in development, where a later version has changed the tables.
            OtherDialect: a host's Tortoise has our tables in another kind of database.
            SettingsError: the secret does not fit the stored keys.
        """
        await self.database.open()
        try:
            if self.settings.is_production:
                await self.database.require_migrations()
            else:
                await self.database.migrate()
            if isinstance(self.clock, DatabaseClock):
                await self.clock.follow(self.database)
            await self.keys.load()
        except BaseException:
            await self.close()
            raise
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
        self.access_tokens.follow(self.settings)
        self.introspection.follow(self.settings)
        self.links.follow(self.settings)

    async def close(self) -> None:
        """Close the threads, the throttle's store and the database; all may be opened again."""
        await self.outbox.close()
        if isinstance(self.clock, DatabaseClock):
            await self.clock.stop()
        self.passwords.close()
        await self.viewers.close()
        await self.throttle.close()
        await self.event_store.close()
        await self.database.close()

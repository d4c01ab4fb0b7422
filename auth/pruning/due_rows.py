"""What an index tells to be due: accounts, resets, what expires, events; and the few keys."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from authberry.accounts import Deletion
from authberry.events import REFRESHES, first_id
from authberry.logins import FactorResets
from authberry.models import OneTimeToken, PendingLogin, SpentChallenge, TrustedDevice
from authberry.pruning import progress
from authberry.pruning.progress import Kind, Page
from authberry.resources import Resources
from authberry.signing import KeyRing

REFRESH_KINDS = sorted(event.value[0] for event in REFRESHES)
EXPIRING: dict[Kind, type[OneTimeToken | PendingLogin | TrustedDevice | SpentChallenge]] = {
    Kind.LINKS: OneTimeToken,
    Kind.PENDING_LOGINS: PendingLogin,
    Kind.TRUSTED_DEVICES: TrustedDevice,
    Kind.CHALLENGES: SpentChallenge,
}
KEPT = {Kind.CHALLENGES: timedelta(minutes=5)}
"""How long a row is kept beyond its time: a server whose clock is late still takes a challenge."""


@dataclass(frozen=True, eq=False)
class DueRows:
    """Deletes what is due, a page at a time, that which has been due longest first."""

    resources: Resources
    keys: KeyRing
    deletion: Deletion
    resets: FactorResets

    async def accounts(self) -> AsyncGenerator[Page, None]:
        """Delete accounts whose time has come, with everything of theirs."""
        async with aclosing(self.deletion.delete_due()) as pages:
            async for deleted in pages:
                yield Page(Kind.ACCOUNTS, deleted)

    async def factor_resets(self) -> AsyncGenerator[Page, None]:
        """Take the factors off accounts whose owners have waited for it."""
        carried_out = -1
        while carried_out:
            carried_out = await self.resets.carry_out_due(progress.PAGE)
            yield Page(Kind.FACTOR_RESETS, carried_out)

    def expired(self, kind: Kind) -> AsyncGenerator[Page, None]:
        """Delete links, logins, devices or challenges that nobody can use any more."""
        over = self.resources.clock.now() - KEPT.get(kind, timedelta(0))
        delete = self.resources.statements.pruning.delete_expired
        return self._pages(kind, partial(delete, EXPIRING[kind], over))

    def events(self) -> AsyncGenerator[Page, None]:
        """Delete events that are old, and refreshes sooner: their ids are in the order of time."""
        settings, now = self.resources.settings, self.resources.clock.now()
        statements = self.resources.statements.pruning
        old = first_id(now - settings.event_ttl)
        old_refresh = first_id(now - min(settings.event_ttl, settings.refresh_event_ttl))
        of_kinds = (
            partial(statements.delete_events_of, kind, old_refresh) for kind in REFRESH_KINDS
        )
        return self._pages(Kind.EVENTS, partial(statements.delete_events, old), *of_kinds)

    async def spent_keys(self) -> AsyncGenerator[Page, None]:
        """Delete the keys of which no token can be good any more."""
        yield Page(Kind.KEYS, await self.keys.prune())

    async def _pages(
        self, kind: Kind, *deletes: Callable[[int], Awaitable[int]]
    ) -> AsyncGenerator[Page, None]:
        """Do each again and again, until it finds nothing."""
        for delete in deletes:
            deleted = -1
            while deleted:
                with self.resources.database.use():
                    deleted = await delete(progress.PAGE)
                yield Page(kind, deleted)

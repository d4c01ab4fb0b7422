"""Sessions that live: walked one by one, and held while something is decided by one of them."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from uuid import UUID

from tortoise.expressions import Q

from authberry.errors import Unauthenticated, UnauthenticatedReason
from authberry.models import RefreshToken
from authberry.resources import Resources

PAGE = 250
"""How many are read at once, where all are."""


@dataclass(frozen=True, eq=False)
class LiveSessions:
    """Those that have not ended."""

    resources: Resources

    async def walk(self, user_id: UUID) -> AsyncGenerator[RefreshToken, None]:
        """Yield those of a person as `Sessions.live` lists them; a page in memory at a time."""
        now, behind = self.resources.clock.now(), Q()
        while True:
            with self.resources.database.use():
                live = RefreshToken.filter(user_id=user_id, revoked_at=None, expires_at__gt=now)
                found = await live.filter(behind).order_by("-last_used_at", "id").limit(PAGE)
            for session in found:
                yield session
            if len(found) < PAGE:
                return
            at = found[-1].last_used_at
            behind = Q(last_used_at__lt=at) | Q(last_used_at=at, id__gt=found[-1].id)

    async def hold(self, session: RefreshToken) -> None:
        """Keep an account as it is until this transaction ends, for a session that lives.

        Whatever ends sessions, as the first factor does, comes behind it, or has come before.

        Raises:
            Unauthenticated: SESSION_REVOKED; it has ended in the meantime.
        """
        await self.resources.statements.users.hold(session.user_id)
        await self.require(session)

    async def require(self, session: RefreshToken) -> None:
        """Do so in a transaction that holds the account already.

        Raises:
            Unauthenticated: as `hold`.
        """
        if not await RefreshToken.exists(id=session.id, revoked_at=None):
            raise Unauthenticated(UnauthenticatedReason.SESSION_REVOKED)

"""Everything that is stored about a person, as JSON; see docs/account-export.md.

To the person, so many rows in an answer, with a cursor for the rest; to the operator, all of it,
row by row. Neither holds more than a page in memory, nor keeps others waiting for longer than a
page takes.
"""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from authberry.accounts.stored_rows import (
    SECTIONS,
    Position,
    StoredRow,
    StoredRows,
    cursor,
    facts,
    plain,
    position_of,
)
from authberry.client import Client
from authberry.errors import Unauthenticated, UnauthenticatedReason
from authberry.events import Event
from authberry.mail import Outbox
from authberry.models import User
from authberry.resources import Resources
from authberry.sessions import Viewer
from authberry.throttle import Budget

EXPORTED_LISTS = tuple(section.name for section in SECTIONS)
FORMAT = 1
MOST = 1000
"""Rows in an answer."""

ACCOUNT = (
    "id", "email", "email_verified", "name", "locale", "roles", "created_at", "disabled_at",
    "deletes_at",
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class StreamedExport:
    """An export that is written as it is read."""

    head: dict[str, Any]
    """What is not a list."""
    rows: AsyncGenerator[StoredRow, None]
    """What the lists hold, in the order of `EXPORTED_LISTS`."""


@dataclass(eq=False)
class AccountExport:
    """Reads all of it."""

    resources: Resources
    outbox: Outbox

    def __post_init__(self) -> None:
        """Read rows a page at a time."""
        self._stored = StoredRows(self.resources, self.outbox)

    async def of_viewer(
        self, viewer: Viewer, client: Client, *, after: str | None = None
    ) -> dict[str, Any]:
        """Export the account of the person asking, or go on with it.

        Args:
            viewer: Who is asking.
            client: Where.
            after: What an answer before had as `next`.

        Raises:
            InvalidInput: `after` is none of that.
            TooManyAttempts: by this person.
        """
        behind = None if after is None else position_of(after)
        attempts = self.resources.settings.export_attempts
        await self.resources.throttle.spend(
            client, Budget(attempts, ("export", str(viewer.user.id)))
        )
        exported = await self._page(await self._user(viewer.user.id), behind)
        if behind is None:
            self.resources.log.record(
                Event.ACCOUNT_EXPORTED, client, user_id=viewer.user.id, session_id=viewer.session.id
            )
        return exported

    def of_user(self, user: User, client: Client) -> StreamedExport:
        """Export an account for the operator, who hands it to its owner."""
        return StreamedExport(self._head(user), self._recorded(user, client))

    async def _recorded(self, user: User, client: Client) -> AsyncGenerator[StoredRow, None]:
        async with aclosing(self._stored.walk(user)) as rows:
            async for row in rows:
                yield row
        self.resources.log.record(
            Event.ACCOUNT_EXPORTED, client, user_id=user.id, reason="operator"
        )

    async def _page(self, user: User, behind: Position | None) -> dict[str, Any]:
        lists: dict[str, list[dict[str, Any]]] = {name: [] for name in EXPORTED_LISTS}
        last: Position | None = None
        following: str | None = None
        count = 0
        async with aclosing(self._stored.walk(user, behind)) as rows:
            async for row in rows:
                if count == MOST and last:
                    following = cursor(last)
                    break
                lists[row.position.section].append(row.facts)
                last, count = row.position, count + 1
        return {**self._head(user), **lists, "next": following}

    async def _user(self, user_id: UUID) -> User:
        with self.resources.database.use():
            user = await User.get_or_none(id=user_id)
        if user is None:
            raise Unauthenticated(UnauthenticatedReason.SESSION_REVOKED)
        return user

    def _head(self, user: User) -> dict[str, Any]:
        return {
            "format": FORMAT,
            "service": self.resources.settings.public_url,
            "exportedAt": plain(self.resources.clock.now()),
            "account": {**facts(user, ACCOUNT), "hasPassword": user.password_hash is not None},
        }

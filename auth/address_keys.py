"""The keys of addresses that were stored without: by the release before, by a host, by an import.

Two accounts can turn out to have one address. They are not united, and neither is lost: the key is
one account's, and the other is found by the very spelling that it has, as before. Their operator is
told, who can ask whose they are.

To stop anywhere does no harm, nor do two at once: a row is written only as it was read, and the
unique index decides.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from uuid import UUID

from tortoise.exceptions import IntegrityError

from authberry.email_addresses import key_of, stored
from authberry.models import Database, User

PAGE = 500  # rows read at once
FIRST = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two accounts of one address."""

    without: User
    """The one that is found by its spelling alone."""
    owner: User
    """The one that has the key."""


@dataclass(slots=True)
class AddressKeys:
    """What became of the keys that were missing or wrong."""

    written: int = 0
    missing: int = 0
    conflicts: list[Conflict] = field(default_factory=list)


async def write_keys(database: Database) -> AddressKeys:
    """Write every key that is missing; also one that the release before has left behind."""
    found = AddressKeys()
    with database.use():
        async for user in _without_key():
            row = User.filter(id=user.id, email=user.email)
            try:
                found.written += await row.update(**stored(user.email))
            except IntegrityError:
                await _explain(user, found)
    return found


async def examine_keys(database: Database) -> AddressKeys:
    """Count what `write_keys` would write, and find what it could not."""
    found = AddressKeys()
    with database.use():
        async for user in _without_key():
            await _explain(user, found)
    return found


async def _explain(user: User, found: AddressKeys) -> None:
    """Whose the key is, if it is somebody's."""
    key = key_of(user.email)
    owner = await User.get_or_none(email_key=key).only("id", "email")
    owner = owner or await User.get_or_none(email=key, email_key=None).only("id", "email")
    if owner is None or owner.id == user.id:
        found.missing += 1
    else:
        found.conflicts.append(Conflict(user, owner))


async def _without_key() -> AsyncIterator[User]:
    """Walk the people, a page at a time, and yield those whose key is not that of their address."""
    behind = FIRST
    while page := await _page(behind):
        for user in page:
            if (user.email_key or user.email) != key_of(user.email):
                yield user
        behind = page[-1].id


async def _page(behind: UUID) -> list[User]:
    rows = User.filter(id__gt=behind).order_by("id").limit(PAGE)
    return await rows.only("id", "email", "email_key")

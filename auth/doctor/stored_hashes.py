"""Accounts whose stored hash cannot be verified, so that no password lets their owners in."""

from collections.abc import AsyncIterator
from uuid import UUID

from authberry.doctor.findings import Finding
from authberry.models import Database, User
from authberry.passwords import StoredHash, UnusableHash
from authberry.settings import PREFIX

PAGE = 500  # rows read at once
SHOWN = 5  # accounts
FIRST = UUID(int=0)


async def check_stored_hashes(database: Database) -> AsyncIterator[Finding]:
    """Count them, and name the first by their ids."""
    found = [user_id async for user_id in _unusable(database)]
    if found:
        more = len(found) - SHOWN
        shown = ", ".join(str(user_id) for user_id in found[:SHOWN])
        yield Finding(
            "advice",
            f"{PREFIX}DATABASE_URL",
            "names a database with password hashes that cannot be verified"
            f" ({len(found)}), of the accounts {shown}{f' and {more} more' if more > 0 else ''}",
            "Their owners get in with a mailed link. Or set a password: authberry users"
            " set-password ID",
        )


async def _unusable(database: Database) -> AsyncIterator[UUID]:
    """Walk the people by key, a page at a time."""
    behind = FIRST
    while page := await _page(database, behind):
        for user in page:
            try:
                if user.password_hash:
                    StoredHash.read(user.password_hash)
            except UnusableHash:
                yield user.id
        behind = page[-1].id


async def _page(database: Database, behind: UUID) -> list[User]:
    with database.use():
        rows = User.filter(id__gt=behind).order_by("id").limit(PAGE)
        return await rows.only("id", "password_hash")

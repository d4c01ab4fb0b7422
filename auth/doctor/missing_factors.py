"""People who have to have a second factor by now, and have none."""

from collections.abc import AsyncIterator
from datetime import datetime
from uuid import UUID

from authberry.doctor.findings import Finding, advice
from authberry.logins import FactorPolicy
from authberry.models import Database, Passkey, Totp, User
from authberry.settings import Settings

PAGE = 500  # rows read at once
FIRST = UUID(int=0)


async def check_missing_factors(
    settings: Settings, database: Database, now: datetime
) -> AsyncIterator[Finding]:
    """Count them, once they cannot put it off any more; who is disabled does not count."""
    policy = FactorPolicy(settings)
    is_due = policy.since is None or policy.since <= now
    if settings.second_factor != "required" or not is_due:
        return
    count = sum([await _missing(page, database, policy) async for page in _pages(database)])
    if count:
        setting, state = "SECOND_FACTOR", "is required"
        if policy.since:
            setting, state = "SECOND_FACTOR_FROM", "is past"
        yield advice(
            setting,
            f"{state}, and of the accounts that it is for {count} have no second factor, so that"
            " their owners have to set one up in the middle of the next login",
            "Tell them before, or name a later date",
        )


async def _pages(database: Database) -> AsyncIterator[list[User]]:
    """Walk the people by key, a page at a time."""
    behind = FIRST
    while True:
        with database.use():
            rows = User.filter(id__gt=behind).order_by("id").limit(PAGE)
            page = await rows.only("id", "roles", "disabled_at")
        if not page:
            return
        yield page
        behind = page[-1].id


async def _missing(page: list[User], database: Database, policy: FactorPolicy) -> int:
    """Count those of a page whom the policy is for, and who have neither an app nor a passkey."""
    meant = {user.id for user in page if user.disabled_at is None and policy.is_for(user)}
    with database.use():
        for model in (Totp, Passkey):
            held = await model.filter(user_id__in=meant).values_list("user_id", flat=True)
            meant -= {UUID(str(one)) for one in held}
    return len(meant)

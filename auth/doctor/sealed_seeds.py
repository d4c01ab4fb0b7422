"""Apps that show codes, whose seeds no configured secret opens."""

from collections.abc import AsyncIterator, Sequence
from uuid import UUID

from authberry.doctor.findings import Finding, advice
from authberry.factors import seed_sealer
from authberry.models import Database, Totp
from authberry.settings import Settings
from authberry.tokens import Sealer, Unreadable

PAGE = 500  # rows read at once
FIRST = UUID(int=0)


async def check_sealed_seeds(settings: Settings, database: Database) -> AsyncIterator[Finding]:
    """Count them; without a secret, which is a finding already, there is nothing to try."""
    if not settings.secret and (settings.is_production or not settings.secret_file.exists()):
        return
    sealer = seed_sealer(settings.secrets)
    count = sum([_unreadable(page, sealer) async for page in _pages(database)])
    if count:
        yield advice(
            "SECRET",
            f"does not open the seeds of {count} apps that show codes, so that their owners can log"
            " in with a passkey or a recovery code only",
            "Configure the secret they were sealed with, behind the new one; where that is lost:"
            " authberry users factors reset",
        )


async def _pages(database: Database) -> AsyncIterator[Sequence[Totp]]:
    """Walk the apps by key, a page at a time."""
    behind = FIRST
    while True:
        with database.use():
            rows = Totp.filter(id__gt=behind).order_by("id").limit(PAGE)
            page = await rows.only("id", "sealed_seed")
        if not page:
            return
        yield page
        behind = page[-1].id


def _unreadable(page: Sequence[Totp], sealer: Sealer) -> int:
    count = 0
    for app in page:
        try:
            sealer.open(app.sealed_seed, str(app.id))
        except Unreadable:
            count += 1
    return count

"""`authberry migrate` and `authberry prune`."""

import asyncio

from authberry import Auth, Settings
from authberry.models import Database
from authberry.server.logging import configure_logging
from authberry.server.services import run
from authberry.server.terminal import counted, say, working


def migrate() -> None:
    """Bring the tables up to date. Safe to run twice, and on several machines at once."""
    settings = Settings.load()
    configure_logging(settings)
    with working("Migrating"):
        applied = asyncio.run(_migrate(settings))
    for name in applied:
        say(f"Applied {name}", "green")
    if not applied:
        say("Nothing to do: the tables are up to date.")


def prune() -> None:
    """Delete what is over: sessions dead for a day, keys of which no token can be good."""
    with working("Pruning"):
        sessions, keys = run(_prune)
    say(f"Deleted {counted(sessions, 'session')} and {counted(keys, 'signing key')}.")


async def _migrate(settings: Settings) -> list[str]:
    database = Database(settings.database_url, pool_size=1)
    await database.open()
    try:
        return await database.migrate()
    finally:
        await database.close()


async def _prune(auth: Auth) -> tuple[int, int]:
    return await auth.sessions.prune(), await auth.keys.prune()

"""`authberry migrate` and `authberry prune`."""

import asyncio
import sys
from collections.abc import Sequence
from contextlib import aclosing

from authberry import Auth, Settings
from authberry.address_keys import AddressKeys, Conflict, write_keys
from authberry.database_problems import explained
from authberry.models import Database
from authberry.pruning import Progress
from authberry.server.commands.services import run
from authberry.server.observability import configure_logging
from authberry.server.terminal import format_count, print_line, print_table, progress_bar, spinner


def migrate() -> None:
    """Bring the tables up to date. Safe to run twice, and on several machines at once."""
    settings = Settings.load()
    configure_logging(settings)
    with spinner("Migrating"):
        applied, keys = asyncio.run(_migrate(settings))
    for name in applied:
        print_line(f"Applied {name}", "green")
    if keys.written:
        print_line(f"Wrote {format_count(keys.written, 'key')} of addresses.", "green")
    if not (applied or keys.written):
        print_line("Nothing to do: the tables are up to date.")
    if keys.conflicts:
        _print_conflicts(keys.conflicts)


def prune() -> None:
    """Delete what is over: sessions dead for a day, old events, accounts that are due, spent keys.

    Takes its time, so that servers do not notice. It may be interrupted: what is left is deleted by
    the next.
    """
    run(_prune)


def _print_conflicts(conflicts: Sequence[Conflict]) -> None:
    """Say which accounts have one address, and to a person at a terminal also which addresses."""
    count = format_count(len(conflicts), "account")
    print_line(f"{count} with an address that another account has in another spelling.", "yellow")
    print_line(
        "Both go on as before. Ask whose they are, and delete one: authberry users delete ID"
    )
    columns: tuple[str, ...] = ("ID", "OTHER")
    rows: list[tuple[object, ...]] = [(one.without.id, one.owner.id) for one in conflicts]
    if sys.stdout.isatty():
        columns += ("E-MAIL", "OTHER E-MAIL")
        addresses = [(one.without.email, one.owner.email) for one in conflicts]
        rows = [(*ids, *both) for ids, both in zip(rows, addresses, strict=True)]
    print_table(columns, rows)


async def _migrate(settings: Settings) -> tuple[list[str], AddressKeys]:
    database = Database(settings.database_url, pool_size=1)
    try:
        with explained(database):
            await database.open()
            return await database.migrate(), await write_keys(database)
    finally:
        await database.close()


async def _prune(auth: Auth) -> None:
    """Delete, and say how much it was even when it is interrupted."""
    progress = Progress()
    try:
        with progress_bar("Pruning") as show:
            async with aclosing(auth.pruning.walk()) as walk:
                async for progress in walk:
                    seen = format_count(progress.sessions, "session")
                    show(progress.share, f"{seen} seen, {progress.deleted_sessions} deleted")
    finally:
        sessions = format_count(progress.deleted_sessions, "session")
        others = ", ".join(
            format_count(number, noun)
            for number, noun in (
                (progress.deleted_events, "event"),
                (progress.deleted_accounts, "account"),
                (progress.deleted_links, "link"),
                (progress.deleted_pending_logins, "pending login"),
                (progress.deleted_trusted_devices, "trusted device"),
                (progress.deleted_challenges, "challenge"),
            )
        )
        keys = format_count(progress.deleted_keys, "signing key")
        print_line(f"Deleted {sessions}, {others} and {keys}.")
        if progress.deleted_factor_resets:
            resets = format_count(progress.deleted_factor_resets, "factor reset")
            print_line(f"Carried out {resets}.")

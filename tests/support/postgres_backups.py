"""Backups of the test's PostgreSQL, past the command line."""

import stat
from pathlib import Path

import asyncpg
from anyio.to_thread import run_sync

from authberry.models import Database
from authberry.models.backups import back_up, restore


def partials(folder: Path) -> list[Path]:
    """What is left of backups that are not whole."""
    return [*folder.glob("*.partial")]


def mode(file: Path) -> int:
    """Who may do what with a file."""
    return stat.S_IMODE(file.stat().st_mode)


async def people(url: str, *made: str) -> list[str]:
    """Make people, if any are named, and say who there is."""
    connection = await asyncpg.connect(url)
    for name in made:
        await connection.execute(
            "INSERT INTO authberry_user (id, email, email_verified, roles, created_at)"
            " VALUES (gen_random_uuid(), $1, false, '[]', now())",
            name,
        )
    found = await connection.fetch("SELECT email FROM authberry_user ORDER BY email")
    await connection.close()
    return [row["email"] for row in found]


async def save(database: Database, file: Path) -> None:
    """Back up, on a thread where no loop runs."""
    await run_sync(lambda: back_up(database, file, print))


async def put_back(database: Database, file: Path) -> None:
    """Restore, likewise."""
    await run_sync(lambda: restore(database, file, print))

"""`authberry backup` and `authberry restore`."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from authberry import Settings
from authberry.database_problems import explained
from authberry.models import Database
from authberry.models.backups import BackupError, back_up
from authberry.models.backups import restore as restore_backup
from authberry.server.observability import configure_logging
from authberry.server.terminal import print_line, progress_bar, spinner

BackupFile = Annotated[Path, typer.Argument(metavar="FILE", help="The backup.")]

AFTERWARDS = (
    "Sessions and passwords are as they were then. Before a server starts:",
    "  authberry migrate                     # if this version is later than the backup's",
    "  authberry sessions revoke --everyone  # so that no session of then lives again",
)


def backup(
    file: BackupFile,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace the file if it is there.")
    ] = False,
) -> None:
    """Write the database to a file that only you may read, while servers go on.

    On PostgreSQL pg_dump does it. The secret is not in it.
    """
    settings, database = _opened()
    with _explained(database), _shown(database, "Backing up") as progress:
        back_up(database, file, progress, overwrite=overwrite)
    print_line(f"Wrote {file}.", "green")
    secret = "AUTHBERRY_SECRET" if settings.secret else f"The secret in {settings.secret_file}"
    print_line(f"{secret} is not in it, and without it no signing key can be read: keep it too.")


def restore(
    file: BackupFile,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Put a backup in the place of the database. Refused while a server runs.

    On PostgreSQL pg_restore does it, in one transaction.
    """
    _, database = _opened()
    if not yes:
        typer.confirm(f"Replace everything in {database.place}?", abort=True)
    with _explained(database), _shown(database, "Restoring") as progress:
        kept = restore_backup(database, file, progress)
    print_line(f"Restored {file}.", "green")
    if kept:
        print_line(f"What was there before is in {kept}; delete it when it is not needed.")
    for line in AFTERWARDS:
        print_line(line)


def _opened() -> tuple[Settings, Database]:
    settings = Settings.load()
    configure_logging(settings)
    return settings, Database(settings.database_url, pool_size=1)


@contextmanager
def _shown(database: Database, what: str) -> Iterator[Callable[[float], None]]:
    """Show how far it has come; on PostgreSQL, that it goes on."""
    if database.is_sqlite:
        with progress_bar(what) as show:
            yield lambda share: show(share, "")
        return
    with spinner(what):
        yield lambda _share: None


@contextmanager
def _explained(database: Database) -> Iterator[None]:
    """Let an error name the place; raises `DatabaseUnavailable` or `BackupError`."""
    try:
        with explained(database):
            yield
    except BackupError as error:
        raise BackupError(f"{database.place}: {error}") from error

"""A backup made, and a backup restored, whichever database it is.

Both are called where no event loop runs: they take minutes, and Ctrl-C ends them.
"""

import asyncio
from collections.abc import Callable
from pathlib import Path

from authberry.models.backups import postgres, sqlite
from authberry.models.backups.errors import BackupError
from authberry.models.backups.files import written_whole
from authberry.models.database import Database, make_file

_KINDS = {sqlite.MAGIC: "SQLite", postgres.MAGIC: "PostgreSQL"}


def back_up(
    database: Database, file: Path, progress: Callable[[float], None], *, overwrite: bool = False
) -> None:
    """Write a backup that only its owner may read; servers go on.

    Args:
        database: It need not be open.
        file: Where to.
        progress: Told which share is done, where that is known: on SQLite.
        overwrite: Whether the file may be there already.

    Raises:
        BackupError: it cannot be made; there is no such file, or the one of before.
        DatabaseUnavailable: PostgreSQL cannot be reached.
    """
    _refuse_itself(database, file)
    with written_whole(file, overwrite=overwrite) as partial:
        if database.is_sqlite:
            sqlite.dump(_file_of(database), partial, progress)
        else:
            postgres.dump(asyncio.run(postgres.look_at(database)), partial)


def restore(database: Database, file: Path, progress: Callable[[float], None]) -> Path | None:
    """Make the database what a backup is, or leave it as it was.

    Returns where a backup of the database of before is now, if there was one: on SQLite.

    Args:
        database: Nobody has it open.
        file: A backup by `back_up`.
        progress: Likewise.

    Raises:
        BackupError: the file is no backup of such a database, or somebody has that open.
        DatabaseUnavailable: PostgreSQL cannot be reached, or the SQLite file cannot be made.
    """
    _refuse_itself(database, file)
    kind, wanted = _kind_of(file), "SQLite" if database.is_sqlite else "PostgreSQL"
    if kind != wanted:
        raise BackupError(
            f"{file} is a backup of {kind}, and the database is of {wanted}. Name a backup of"
            f" {wanted}, or a database of {kind}"
        )
    if not database.is_sqlite:
        postgres.restore(file, asyncio.run(postgres.look_at(database)))
        return None
    make_file(_file_of(database))
    return sqlite.restore(file, _file_of(database), progress)


def _file_of(database: Database) -> Path:
    if database.file is None:
        raise BackupError("it is a database in memory, of which there are no backups")
    return database.file


def _refuse_itself(database: Database, file: Path) -> None:
    if database.file is None:
        return
    names = [f"{database.file.name}{suffix}" for suffix in ("", "-wal", "-shm", "-journal")]
    if file.resolve() in [database.file.with_name(name).resolve() for name in names]:
        raise BackupError(f"{file} is the database itself. Name another file")


def _kind_of(file: Path) -> str:
    """Which database a file is a backup of."""
    try:
        with file.open("rb") as opened:
            first = opened.read(max(map(len, _KINDS)))
    except OSError as error:
        raise BackupError(f"{file} cannot be read ({error.strerror})") from error
    for magic, kind in _KINDS.items():
        if first.startswith(magic):
            return kind
    raise BackupError(f"{file} is no backup: authberry backup makes one")

"""The SQLite file that a URL names: made if it is not there, or why it cannot be used."""

import os
from pathlib import Path

from authberry.models.database.errors import DatabaseUnavailable


def make_file(file: Path) -> None:
    """Make the file, which nobody else may read, if it is not there.

    Raises:
        DatabaseUnavailable: it cannot be used, with what to do.
    """
    if problem := problem_of_file(file):
        raise DatabaseUnavailable(problem)
    if file.exists():
        return
    try:
        os.close(os.open(file, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        raise DatabaseUnavailable(
            f"it cannot be made ({error.strerror}). Name another file"
        ) from error


def problem_of_file(file: Path) -> str | None:
    """Say why a file cannot be used, and what to do; None if nothing speaks against it.

    It is only looked at: to close a file that SQLite has open as well would take its locks away.
    """
    folder = file.parent.absolute()
    try:
        if not folder.is_dir():
            return f"{folder} is not a folder that is there. Make it, or name another file"
        if file.is_dir():
            return "it is a folder. Name a file in it"
        if not _may(folder, os.W_OK | os.X_OK):
            return f"this user may not write in {folder}. Let it, or name another file"
        if file.exists() and not _may(file, os.R_OK | os.W_OK):
            return "this user may not read it and write to it. Let it, or name another file"
    except OSError as error:
        return f"it cannot be looked at ({error.strerror}). Let this user, or name another file"
    return None


def may_write(file: Path) -> bool:
    """Whether this user may write to a file that is there and, for its log, beside it."""
    return _may(file, os.W_OK) and _may(file.parent.absolute(), os.W_OK | os.X_OK)


def _may(path: Path, mode: int) -> bool:
    """Whether the user that the process acts as may do so."""
    acts_as = {"effective_ids": True} if os.access in os.supports_effective_ids else {}
    return os.access(path, mode, **acts_as)

"""Files that appear under their name when they are whole, and that their owner alone may read."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from authberry.models.backups.errors import BackupError


@contextmanager
def written_whole(file: Path, *, overwrite: bool = False) -> Iterator[Path]:
    """Yield the path of an empty file beside `file`, which takes its name once the block is done.

    A process that is killed meanwhile leaves that other file, `FILE.<random>.partial`.

    Raises:
        BackupError: there is such a file and it may not be overwritten, or none can be made.
    """
    _refuse_existing(file, overwrite=overwrite)
    partial = file.with_name(f"{file.name}.{secrets.token_hex(4)}.partial")
    try:
        os.close(os.open(partial, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except OSError as error:
        raise BackupError(f"{file} cannot be made ({error.strerror}). Name another") from error
    try:
        yield partial
        _sync(partial)
        _rename(partial, file, overwrite=overwrite)
    finally:
        partial.unlink(missing_ok=True)


def _rename(partial: Path, file: Path, *, overwrite: bool) -> None:
    if not overwrite:
        try:
            os.link(partial, file)  # only where there is nothing
        except OSError:  # there is something, or the file system has no links
            _refuse_existing(file, overwrite=False)
    partial.replace(file)
    _sync(file.parent)


def _refuse_existing(file: Path, *, overwrite: bool) -> None:
    if file.is_dir():
        raise BackupError(f"{file} is a folder. Name a file in it")
    if file.exists() and not overwrite:
        raise BackupError(f"{file} is there already. Name another file, or say --overwrite")


def _sync(path: Path) -> None:
    """Have the disk keep a file, or the names in a folder."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

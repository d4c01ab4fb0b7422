"""The secret that development mode makes for itself, once, in a file that only its owner reads."""

import os
import secrets
import time
from pathlib import Path

from authberry.settings.sources import PREFIX, SettingsError


def development_secret(file: Path) -> str:
    """Return the secret in the file, which is made if it is not there.

    Raises:
        SettingsError: it cannot be made, or be read, or it has been empty for a second.
    """
    try:
        descriptor = os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        return _written_secret(file)
    except OSError as error:
        raise _unusable(file, f"cannot be made ({error.strerror})") from None
    with os.fdopen(descriptor, "w", encoding="ascii") as out:
        secret = secrets.token_urlsafe(48)
        out.write(secret + "\n")
    return secret


def _written_secret(file: Path) -> str:
    """Read a secret that another process may be about to write."""
    try:
        for _ in range(100):
            if secret := file.read_text("ascii").strip():
                return secret
            time.sleep(0.01)
    except OSError as error:
        raise _unusable(file, f"cannot be read ({error.strerror})") from None
    except UnicodeDecodeError:
        raise _unusable(file, "is not text in ASCII") from None
    raise _unusable(file, "is empty")


def _unusable(file: Path, problem: str) -> SettingsError:
    return SettingsError(
        f"{PREFIX}SECRET: is not set, and the file that development keeps one in,"
        f" {file.absolute()}, {problem}. Set {PREFIX}SECRET, or mend that: the file is beside the"
        f" one that {PREFIX}DATABASE_URL names, or in the folder of the process"
    )

"""The secret that development mode makes for itself, once, in a file that only its owner reads."""

import os
import secrets
import time
from pathlib import Path

from authberry.settings.sources import SettingsError


def development_secret(file: Path) -> str:
    """Return the secret in the file, which is made if it is not there.

    Raises:
        SettingsError: the file is there, and has been empty for a second.
    """
    try:
        descriptor = os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        return _written_secret(file)
    with os.fdopen(descriptor, "w", encoding="ascii") as out:
        secret = secrets.token_urlsafe(48)
        out.write(secret + "\n")
    return secret


def _written_secret(file: Path) -> str:
    """Read a secret that another process may be about to write."""
    for _ in range(100):
        if secret := file.read_text("ascii").strip():
            return secret
        time.sleep(0.01)
    raise SettingsError(f"{file} is empty: delete it, or write a secret to it")

"""The URL of an SQLite file: `sqlite://` and its path, as it is written."""

import re
from collections.abc import Mapping
from pathlib import Path

from authberry.models.server_url import refuse_other_options

MEMORY = ":memory:"

_PRAGMAS: Mapping[str, str] = {
    "busy_timeout": r"\d{1,9}",
    "cache_size": r"-?\d{1,9}",
    "journal_mode": r"(?i:WAL|DELETE|TRUNCATE|PERSIST)",
    "journal_size_limit": r"-?\d{1,12}",
    "mmap_size": r"\d{1,15}",
    "synchronous": r"(?i:OFF|NORMAL|FULL|EXTRA)",
}
_SPELLINGS = {
    "timeout": "write busy_timeout, in milliseconds",
    "mode": "leave it out, the file is made and written to",
    "cache": "leave it out, a file is not shared within a process",
}
_FOLDER = Path("/")


def split_sqlite_url(url: str) -> tuple[str, dict[str, str]]:
    """Return the path and the options of `sqlite://path?options`.

    The path is taken as it is written: a `#` or a `%` in it is part of a name.

    Raises:
        ValueError: it can be meant for none; the message is for whoever set it.
    """
    path, _, text = url.removeprefix("sqlite://").partition("?")
    if not path:
        raise ValueError("must name a file behind sqlite://")
    if path != MEMORY and not path.startswith("//") and Path(path).parent == _FOLDER:
        raise ValueError(
            "names a file in the folder / of the machine. Three slashes begin a whole path, as in"
            " sqlite:///var/lib/authberry/authberry.db; two, a path from the folder of the process,"
            " as in sqlite://authberry.db"
        )
    pairs = [part.partition("=") for part in text.split("&") if part]
    options = {name: value for name, _, value in pairs}
    refuse_other_options(options, _PRAGMAS, _SPELLINGS)
    for name, value in options.items():
        if not re.fullmatch(_PRAGMAS[name], value):
            raise ValueError(f"has the option {name}, whose value SQLite does not know: correct it")
    return path, options

"""The files that the pages are made of, which are built from `frontend/pages`.

A file is asked for by the name of its source, and served by one with a hash of what it holds. A
script may need others, which pages share.
"""

import json
from functools import cache
from pathlib import Path

from authberry.server.http import BuiltFiles

BUILT = Path(__file__).with_name("built")
FILES = BuiltFiles(BUILT)


def served(file: str) -> str:
    """The name that a file is served by."""
    return _built()[file][0]


def needed(file: str) -> list[str]:
    """The names of the others that it needs, to be loaded at the same time."""
    return _built()[file][1:]


@cache
def _built() -> dict[str, list[str]]:
    """Read which file became what, once; the others that it needs stand behind it."""
    built: dict[str, list[str]] = json.loads(FILES.find("built.json").read_text("utf-8"))
    return built

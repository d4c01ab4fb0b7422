"""The files that the pages are made of, under names that change whenever they do."""

from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path

FOLDER = Path(__file__).with_name("assets")
MEDIA_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


@dataclass(frozen=True, slots=True)
class Asset:
    """One file."""

    name: str
    content: bytes
    media_type: str


@cache
def assets() -> dict[str, Asset]:
    """Read all of them, once; by the names they have in the folder."""
    files = {file.name: file for file in FOLDER.iterdir() if file.suffix in MEDIA_TYPES}
    return {name: _read(file) for name, file in files.items()}


def find(name: str) -> Asset | None:
    """The file that is served under a name."""
    return next((asset for asset in assets().values() if asset.name == name), None)


def _read(file: Path) -> Asset:
    content = file.read_bytes()
    name = f"{file.stem}-{sha256(content).hexdigest()[:12]}{file.suffix}"
    return Asset(name, content, MEDIA_TYPES[file.suffix])

"""Files that were built for browsers: compressed, under names that change whenever they do.

They are built from `frontend/` together with the package (`frontend/backend.py`).
"""

import gzip
import re
from dataclasses import dataclass
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

FILE_NAME = re.compile(r"[A-Za-z-]+-[A-Z0-9]{8}\.(?:css|js|svg|ttf)")
HEADERS = {"Cache-Control": "public, max-age=31536000, immutable", "Vary": "Accept-Encoding"}
MEDIA_TYPES = {
    "css": "text/css",
    "js": "text/javascript",
    "svg": "image/svg+xml",
    "ttf": "font/ttf",
}


@dataclass(frozen=True, slots=True)
class BuiltFiles:
    """What was built into a folder."""

    folder: Path

    def find(self, name: str) -> Path:
        """A file that is not served by its own name; raises `RuntimeError` if nothing was built."""
        found = self.folder / name
        if not found.is_file():
            raise RuntimeError(
                f"{found} is missing: what browsers get is not built. Install the package"
                " (`pip install -e .`), or say `npm ci` and `node bundle.mjs` in server/frontend."
            )
        return found

    def send(self, name: str, request: Request) -> Response:
        """A file, compressed for whoever takes it so; raises 404 where there is none."""
        packed = self.folder / f"{name}.gz"
        if not FILE_NAME.fullmatch(name) or not packed.is_file():
            raise HTTPException(404)
        content, headers = packed.read_bytes(), dict(HEADERS)
        if "gzip" in request.headers.get("accept-encoding", ""):
            headers["Content-Encoding"] = "gzip"
        else:
            content = gzip.decompress(content)
        return Response(content, headers=headers, media_type=MEDIA_TYPES[name.rpartition(".")[2]])

"""GraphiQL, for a browser that opens the endpoint: a page, and the files it is made of.

They are built from `page/` together with the package (`page/backend.py`) and lie, compressed, in
`built/`.
"""

import gzip
import re
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response

from authberry import Settings
from authberry.server.http import Malformed

BUILT = Path(__file__).with_name("built")
FILE_NAME = re.compile(r"[A-Za-z]+-[A-Z0-9]{8}\.(?:css|js|ttf)")
FILE_HEADERS = {"Cache-Control": "public, max-age=31536000, immutable", "Vary": "Accept-Encoding"}
MEDIA_TYPES = {"css": "text/css", "js": "text/javascript", "ttf": "font/ttf"}

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; worker-src 'self';"
    " connect-src 'self'; img-src data:; font-src 'self'; base-uri 'none'; form-action 'none';"
    " frame-ancestors 'none'"
)
"""Only our own files and data. Inline styles are the editor's: it places each line by one."""


def graphiql(settings: Settings) -> Response:
    """The page; raises `Malformed` with 404 where it is switched off."""
    if not settings.shows_graphiql:
        raise Malformed(404, "There is nothing to see here. Send a POST.")
    return FileResponse(
        BUILT / "index.html",
        headers={"Content-Security-Policy": POLICY, "Cache-Control": "no-store"},
        media_type="text/html",
    )


def graphiql_file(request: Request) -> Response:
    """A file of the page, whose name changes whenever it does."""
    name = request.path_params["name"]
    packed = BUILT / f"{name}.gz"
    if not FILE_NAME.fullmatch(name) or not packed.is_file():
        raise HTTPException(404)
    content, headers = packed.read_bytes(), dict(FILE_HEADERS)
    if "gzip" in request.headers.get("accept-encoding", ""):
        headers["Content-Encoding"] = "gzip"
    else:
        content = gzip.decompress(content)
    return Response(content, headers=headers, media_type=MEDIA_TYPES[name.rpartition(".")[2]])

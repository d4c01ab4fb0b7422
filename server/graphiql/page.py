"""GraphiQL, for a browser that opens the endpoint: a page, and the files it is made of.

They are built from `frontend/graphiql` together with the package, and lie, compressed, in `built/`.
"""

from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, Response

from authberry import Settings
from authberry.server.http import BuiltFiles, Malformed

BUILT = Path(__file__).with_name("built")
FILES = BuiltFiles(BUILT)

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
        FILES.find("index.html"),
        headers={"Content-Security-Policy": POLICY, "Cache-Control": "no-store"},
        media_type="text/html",
    )


def graphiql_file(request: Request) -> Response:
    """A file of the page, whose name changes whenever it does."""
    return FILES.send(request.path_params["name"], request)

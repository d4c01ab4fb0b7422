"""GraphiQL, for a browser that opens the endpoint: a page, and the files it is made of.

They are built from `frontend/graphiql` together with the package, and lie, compressed, in `built/`.
"""

from pathlib import Path

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

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


BASE = '<head>\n    <base href="../">'
"""For the page at an address with a slash behind it, since all addresses in it are relative."""


def graphiql(settings: Settings, *, has_slash: bool) -> Response:
    """The page; raises `Malformed` with 404 where it is switched off."""
    if not settings.shows_graphiql:
        raise Malformed(404, "There is nothing to see here. Send a POST.")
    html, policy = FILES.find("index.html").read_text("utf-8"), POLICY
    if has_slash:
        html = html.replace("<head>", BASE, 1)
        policy = policy.replace("base-uri 'none'", "base-uri 'self'")
    headers = {"Content-Security-Policy": policy, "Cache-Control": "no-store"}
    return HTMLResponse(html, headers=headers)


def graphiql_file(request: Request) -> Response:
    """A file of the page, whose name changes whenever it does."""
    return FILES.send(request.path_params["name"], request)

"""GraphiQL, for a browser that opens the endpoint in development."""

from starlette.responses import HTMLResponse, Response
from strawberry.http.ides import get_graphql_ide_html

from authberry import Settings
from authberry.server.request_body import Malformed

CDN = "https://unpkg.com"
POLICY = (
    f"default-src 'none'; script-src 'unsafe-inline' {CDN}; style-src 'unsafe-inline' {CDN};"
    " connect-src 'self'; img-src 'self' data:; font-src data:; worker-src blob:;"
    " base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""The page that Strawberry ships is one inline script, and takes GraphiQL itself from a CDN."""


def graphiql(settings: Settings) -> Response:
    """The page; raises `Malformed` with 404 where it is switched off."""
    if not settings.shows_graphiql:
        raise Malformed(404, "There is nothing to see here. Send a POST.")
    return HTMLResponse(get_graphql_ide_html(), headers={"Content-Security-Policy": POLICY})

"""The routes of the pages.

Opening a page does nothing to anybody's account: the token of a mailed link is in the fragment,
which never gets here, and the page's script sends a mutation when a button is pressed. Nor does it
need the database. Every address in them is relative, so that they work below whatever path.
"""

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from authberry import Auth
from authberry.mail import preferred
from authberry.server.pages.assets import FILES
from authberry.server.pages.html import PAGES, write
from authberry.server.pages.texts import LANGUAGES

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self';"
    " form-action 'none'; base-uri 'none'; frame-ancestors 'none';"
    " require-trusted-types-for 'script'; trusted-types 'none'"
)
PAGE_HEADERS = {
    "Content-Security-Policy": POLICY,
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Vary": "Accept-Language",
}
CHANGE_PASSWORD = "/.well-known/change-password"


async def page(request: Request) -> Response:
    """A page, in the language that its address or else the browser asks for."""
    name = request.path_params.get("name", "")
    if name not in PAGES:
        raise HTTPException(404)
    auth: Auth = request.app.state.auth
    chosen = request.query_params.get("lang")
    chosen = chosen if chosen in LANGUAGES else None
    language = chosen or preferred(request.headers.get("accept-language"), LANGUAGES)
    html = write(name, auth.settings, language, is_chosen=chosen is not None)
    return HTMLResponse(html, headers={**PAGE_HEADERS, "Content-Language": language})


async def bare(_request: Request) -> Response:
    """The account's page without its slash, from which nothing relative would be found."""
    return Response(status_code=308, headers={"Location": "account/"})


def asset(request: Request) -> Response:
    """A file of the pages, whose name changes whenever it does."""
    return FILES.send(request.path_params["name"], request)


async def change_password(request: Request) -> Response:
    """Where password managers lead people (W3C, A Well-Known URL for Changing Passwords).

    That is a page of the whole origin, which below a path we are not.
    """
    auth: Auth = request.app.state.auth
    if auth.settings.path or request.scope.get("root_path"):
        raise HTTPException(404)
    return RedirectResponse("/account/#password", 302)


ROUTES = [
    Route("/account", bare),
    Route("/account/assets/{name}", asset),
    Route("/account/", page),
    Route("/account/{name}", page),
    Route(CHANGE_PASSWORD, change_password),
]

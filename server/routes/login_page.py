"""The page that people log in at, and the way back from it.

Where a page wants somebody and a browser was led to it, the browser is led on to that page, with
the way back as `next`. What comes back in `next` may have been written by anybody, into a link of
theirs: `return_path` takes only what stays here.
"""

from urllib.parse import urlencode

from starlette.requests import HTTPConnection

from authberry.graph.context import SAFE_METHODS

NEXT = "next"
LONGEST = 2000
"""Characters of a way back; whoever has gone further begins at the front."""


def return_path(value: str | None, default: str = "/") -> str:
    r"""Return the path that a login leads back to, if it is one of this host, or else the default.

    Browsers take `//host`, `/\host`, and either with tabs and line feeds between, for another one
    (OWASP, Unvalidated Redirects and Forwards; WHATWG, URL, section 4.4).
    """
    if not value or len(value) > LONGEST or value[0] != "/" or value[1:2] == "/":
        return default
    return default if any(one == "\\" or not one.isprintable() for one in value) else value


def login_location(login_url: str, connection: HTTPConnection) -> str | None:
    """Where a browser goes that was led here, to log in; None for whatever reads answers itself."""
    if not _is_navigation(connection):
        return None
    if connection.scope["method"] not in SAFE_METHODS:
        return login_url  # what was sent is not sent again behind a login
    url = connection.url
    way_back = return_path(f"{url.path}?{url.query}" if url.query else url.path, "")
    if not way_back:
        return login_url
    return f"{login_url}{'&' if '?' in login_url else '?'}{urlencode({NEXT: way_back})}"


def _is_navigation(connection: HTTPConnection) -> bool:
    """Whether a browser loads a page; old ones say no more than that they would like one."""
    if connection.scope["type"] != "http":
        return False
    mode = connection.headers.get("sec-fetch-mode")
    if mode is not None:
        return mode == "navigate"
    return "text/html" in connection.headers.get("accept", "")

"""Who may use cookies that log in: our own pages, and those of the allow list.

A browser sends cookies along whoever asked it to, so a request proves where it comes from before a
cookie is read from it or set by it: a POST of `application/json`, which no form can send, whose
`Origin` is allowed; or which has none, and was not made by another site (`Sec-Fetch-Site`).
"""

from starlette.requests import HTTPConnection

from authberry import Settings
from authberry.tokens import OWS

SAFE_METHODS = frozenset({"GET", "HEAD"})


class CookieRule:
    """The rule of the GraphQL endpoint."""

    def may_use(self, request: HTTPConnection, settings: Settings) -> bool:
        """Whether the request may present, or be given, a cookie that logs in."""
        if request.scope["type"] != "http" or request.scope["method"] != "POST":
            return False
        if media_type(request.headers.get("content-type", "")) != "application/json":
            return False
        return is_from_us(request, settings)

    def may_ask(self, request: HTTPConnection, settings: Settings) -> bool:
        """Whether it is answered for whom its session's cookie stands: also a GET of ours.

        By GET only queries are answered, and only where that is on.
        """
        if request.scope["type"] == "http" and request.scope["method"] in SAFE_METHODS:
            return is_from_us(request, settings)
        return self.may_use(request, settings)


GRAPHQL = CookieRule()


class SocketCookieRule(CookieRule):
    """The rule of a WebSocket, which is closed at once unless its origin is allowed."""

    def may_ask(self, _request: HTTPConnection, _settings: Settings) -> bool:
        """Whether it is opened for whom its session's cookie stands: always."""
        return True


class RouteCookieRule(CookieRule):
    """The rule of a host's plain routes, which render pages and take forms.

    Whoever follows a link of another site, as in a mail, is who they are to the page it leads to;
    nothing else that another site asks for is for them. What changes something comes from a page of
    ours, which browsers say (OWASP, Cross-Site Request Forgery Prevention; W3C, Fetch Metadata); or
    from a program, which sends what no form can.
    """

    def may_use(self, request: HTTPConnection, settings: Settings) -> bool:
        """Whether the request may present, or be given, a cookie that logs in: it is no GET."""
        if request.scope["type"] != "http" or request.scope["method"] in SAFE_METHODS:
            return False
        origins = request.headers.getlist("origin")
        site = request.headers.get("sec-fetch-site")
        # A page that sends no referrer makes it null, and then the other says whose page that is.
        if origins and not (origins == ["null"] and site == "same-origin"):
            return len(origins) == 1 and settings.allows_origin(origins[0])
        if site is not None:
            return site == "same-origin"
        return media_type(request.headers.get("content-type", "")) == "application/json"

    def may_ask(self, request: HTTPConnection, settings: Settings) -> bool:
        """Whether it is answered for whom its session's cookie stands: also a page, at the top."""
        if request.scope["type"] == "http" and request.scope["method"] not in SAFE_METHODS:
            return self.may_use(request, settings)
        return is_from_us(request, settings) or _is_page_at_the_top(request)


ROUTES = RouteCookieRule()


def is_from_us(request: HTTPConnection, settings: Settings) -> bool:
    """Whether an allowed page makes the request, or no page: a program, or whoever types it in."""
    origins = request.headers.getlist("origin")
    if origins:
        return len(origins) == 1 and settings.allows_origin(origins[0])
    return request.headers.get("sec-fetch-site", "none") in {"same-origin", "none"}


def _is_page_at_the_top(request: HTTPConnection) -> bool:
    """Whether a browser loads a page into a tab or a window, and into no frame of another's."""
    headers = request.headers
    return (headers.get("sec-fetch-mode"), headers.get("sec-fetch-dest")) == (
        "navigate",
        "document",
    )


def is_from_browser(request: HTTPConnection) -> bool:
    """Whether a page sent the request: browsers say where it comes from, and programs need not."""
    return "origin" in request.headers or "sec-fetch-site" in request.headers


def is_navigation(request: HTTPConnection) -> bool:
    """Whether a browser was led here: it says so, and wants a page, as programs need not."""
    return is_from_browser(request) or "text/html" in request.headers.get("accept", "")


def media_type(content_type: str) -> str:
    """The media type in a `Content-Type`, in lower case and without parameters."""
    return content_type.partition(";")[0].strip(OWS).lower()

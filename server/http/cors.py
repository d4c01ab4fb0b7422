"""Which pages of other origins may send requests and read answers (CORS)."""

from collections.abc import Sequence
from functools import lru_cache

from starlette.middleware.cors import CORSMiddleware
from starlette.routing import Match, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from authberry import Settings
from authberry.settings import LOOPBACK_ORIGIN

PREFLIGHT_MAX_AGE = 600  # seconds
REMEMBERED_PATHS = 1024


class CrossOrigin:
    """Lets pages of allowed origins use the API: exact ones; in development every loopback one.

    They may send any header, since tracers and GraphQL clients add some, and read every answer that
    they may be given by mistake: of a path that is not there, of a fault. The routes that are
    `closed` are for nobody's pages, or have headers of their own.
    """

    def __init__(self, app: ASGIApp, *, settings: Settings, closed: Sequence[Route]) -> None:
        """Wrap an application."""
        self._app = app
        self._closed = closed
        # All requests but a few have one path, and there are many routes to compare it with.
        self._is_closed = lru_cache(REMEMBERED_PATHS)(self._look_up)
        self._open = CORSMiddleware(
            app,
            allow_origins=[settings.origin, *settings.allowed_origins],
            allow_origin_regex=None if settings.is_production else LOOPBACK_ORIGIN,
            allow_methods=["GET", "POST"],
            allow_headers=["*"],  # each that is asked for is named in the answer
            allow_credentials=True,
            expose_headers=["Retry-After", "X-Request-Id"],
            max_age=PREFLIGHT_MAX_AGE,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        is_closed = scope["type"] == "http" and self._is_closed(
            scope["path"], scope.get("root_path", "")
        )
        await (self._app if is_closed else self._open)(scope, receive, send)

    def _look_up(self, path: str, root_path: str) -> bool:
        scope = {"type": "http", "method": "GET", "path": path, "root_path": root_path}
        return any(route.matches(scope)[0] is not Match.NONE for route in self._closed)

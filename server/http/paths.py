"""The path of a request: with or without that of the public URL, with or without a slash behind.

Some proxies take the path away (nginx with one in `proxy_pass`, a rewrite in an Ingress), others
leave it (Traefik, AWS ALB, an Ingress without a rewrite).
"""

from collections.abc import Sequence
from urllib.parse import unquote

from starlette.routing import Match, Route
from starlette.types import ASGIApp, Receive, Scope, Send


class PublicPath:
    """Finds a route below the path of the public URL as well as at the root."""

    def __init__(self, app: ASGIApp, *, path: str, routes: Sequence[Route]) -> None:
        """Wrap an application that people reach under `path`."""
        self._app = app
        self._path = unquote(path)
        self._routes = routes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] == "http" and not scope.get("root_path"):
            below = {**scope, "root_path": self._path}
            if scope["path"].startswith(f"{self._path}/") and self._is_served(below):
                scope["root_path"] = self._path
        await self._app(scope, receive, send)

    def _is_served(self, scope: Scope) -> bool:
        """Whether there is such a route; `/account` may be the path, and is one of our own."""
        return any(route.matches(scope)[0] is not Match.NONE for route in self._routes)

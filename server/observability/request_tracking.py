"""The id of a request, its log context and its metrics. Plain ASGI, so that it costs little."""

import secrets
from collections.abc import Callable, Mapping
from time import perf_counter
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from authberry.metrics import METHODS, OTHER, Metrics
from authberry.models.event_logger import request_facts
from authberry.server.observability.trace_context import trace_id_of

Counts = tuple[Callable[[], None], Callable[[float], None]]


class RequestTracking:
    """Gives each request an id, which is in its log lines and in `X-Request-Id`, and counts it.

    The id is made here and never taken from the request: nobody else writes into our log. The one
    exception is the id of a trace, which has no room for anything but 32 hexadecimal digits.
    """

    def __init__(self, app: ASGIApp, *, metrics: Metrics, routes: Mapping[Any, str]) -> None:
        """Wrap an application whose endpoints have these paths."""
        self._app = app
        self._metrics = metrics
        self._routes = routes
        self._counts: dict[tuple[object, ...], Counts] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun, status = perf_counter(), 500
        request_id = secrets.token_hex(8)
        scope["request_id"] = request_id
        names = {"request_id": request_id}
        if trace_id := scope.get("trace_id") or trace_id_of(scope):
            names["trace_id"] = trace_id

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"].append((b"x-request-id", request_id.encode("ascii")))
            await send(message)

        token = request_facts.set(names)
        try:
            await self._app(scope, receive, send_with_id)
        finally:
            request_facts.reset(token)
            count, take_time = self._counts_of(scope, status)
            count()
            take_time(perf_counter() - begun)

    def _counts_of(self, scope: Scope, status: int) -> Counts:
        """Look up what counts such a request; kept only where all of it is of our making."""
        kind = (scope["method"], scope.get("endpoint"), status)
        if counts := self._counts.get(kind):
            return counts
        method, endpoint, _ = kind
        counts = self._metrics.request(
            method if method in METHODS else OTHER, self._routes.get(endpoint, OTHER), status
        )
        if method in METHODS and endpoint in self._routes:
            self._counts[kind] = counts
        return counts

"""What holds for every answer. Plain ASGI, so that it costs next to nothing."""

import secrets

from starlette.datastructures import MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.contextvars import bound_contextvars

from authberry.graph.errors import masked

HSTS = "max-age=63072000; includeSubDomains"


class RequestId:
    """Gives each request an id, which is in its log lines and in `X-Request-Id`.

    It is made here and never taken from the request: nobody else writes into our log.
    """

    def __init__(self, app: ASGIApp) -> None:
        """Wrap an application."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = secrets.token_hex(8)
        scope["request_id"] = request_id

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["X-Request-Id"] = request_id
            await send(message)

        with bound_contextvars(request_id=request_id):
            await self._app(scope, receive, send_with_id)


class SecurityHeaders:
    """Adds the headers of the OWASP HTTP Headers Cheat Sheet, where the answer has not its own."""

    def __init__(self, app: ASGIApp, *, https: bool) -> None:
        """Wrap an application; `https` adds Strict-Transport-Security."""
        self._app = app
        self._headers = {
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "no-referrer",
            "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
            "Cache-Control": "no-store",
            **({"Strict-Transport-Security": HSTS} if https else {}),
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, send_with_headers)


class Faults:
    """Answers where nobody foresaw what happened: with the id that finds it in the log."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap an application, inside of what gives the answer its headers."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        has_begun = False

        async def send_and_note(message: Message) -> None:
            nonlocal has_begun
            has_begun = True
            await send(message)

        try:
            await self._app(scope, receive, send_and_note)
        except Exception as fault:
            if scope["type"] != "http" or has_begun:
                raise
            error = masked(fault, scope["request_id"])
            await JSONResponse({"errors": [error.formatted]}, 500)(scope, receive, send)

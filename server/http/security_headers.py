"""The headers of the OWASP HTTP Headers Cheat Sheet. Plain ASGI, so that it costs little."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

HSTS = b"max-age=63072000; includeSubDomains"


class SecurityHeaders:
    """Adds the headers of the OWASP HTTP Headers Cheat Sheet, where the answer has not its own."""

    def __init__(self, app: ASGIApp, *, https: bool) -> None:
        """Wrap an application; `https` adds Strict-Transport-Security."""
        self._app = app
        self._headers = [
            (b"x-content-type-options", b"nosniff"),
            (b"referrer-policy", b"no-referrer"),
            (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
            (b"cache-control", b"no-store"),
            *([(b"strict-transport-security", HSTS)] if https else []),
        ]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                has = {name for name, _ in message["headers"]}
                message["headers"] += [header for header in self._headers if header[0] not in has]
            await send(message)

        await self._app(scope, receive, send_with_headers)

"""What a client is told of an exception that no code expected. Plain ASGI."""

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from authberry.graph.errors import masked


class UnhandledErrors:
    """Logs an unexpected exception and answers 500, with the request id that finds it in the log.

    Nothing of the exception is in the answer.
    """

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
        except Exception as error:
            if scope["type"] != "http" or has_begun:
                raise
            answer = masked(error, scope["request_id"])
            await JSONResponse({"errors": [answer.formatted]}, 500)(scope, receive, send)

"""The body of a request, read within bounds of size and time."""

import asyncio

from starlette.requests import ClientDisconnect, Request

from authberry.server.http.bounds import MAX_BODY_BYTES, READ_TIMEOUT


class Malformed(Exception):
    """The request is refused before anything is executed; with the HTTP status that says why."""

    def __init__(self, status: int, message: str) -> None:
        """Keep both for the answer."""
        super().__init__(message)
        self.status = status


async def read_body(request: Request) -> bytes:
    """Read a body that is neither too large nor too slow.

    Raises:
        Malformed: 413, 408, or 400.
    """
    try:
        async with asyncio.timeout(READ_TIMEOUT):
            return await _read(request)
    except TimeoutError:
        raise Malformed(408, f"The body did not arrive within {READ_TIMEOUT} seconds.") from None
    except ClientDisconnect:
        raise Malformed(400, "The body ended early.") from None


async def _read(request: Request) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            raise Malformed(413, f"The body may have {MAX_BODY_BYTES} bytes at most.")
    return bytes(body)

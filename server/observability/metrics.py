"""`/metrics`, for Prometheus."""

import asyncio
import hmac
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from authberry import Auth
from authberry.metrics import SHARED
from authberry.models import DatabaseUnavailable

SAMPLE_INTERVAL = 5  # seconds
LOOK_TIMEOUT = 1  # seconds


async def metrics(request: Request) -> Response:
    """Everything that was measured, in the format the scraper asks for."""
    auth: Auth = request.app.state.auth
    _require_token(request, auth.settings.metrics_token)
    auth.metrics.pool(auth.database.connections())
    await _look_at_backlog(auth)
    body, media_type = auth.metrics.exposition(request.headers.get("accept", ""))
    return Response(body, headers={"Content-Type": media_type})


async def _look_at_backlog(auth: Auth) -> None:
    """Bring up to date what waits to be deleted, if the database answers; else tell the rest."""
    with suppress(DatabaseUnavailable, TimeoutError):
        async with asyncio.timeout(LOOK_TIMEOUT):
            await auth.pruning.backlog.look()


@asynccontextmanager
async def sampling_connections(auth: Auth) -> AsyncIterator[None]:
    """Record the connections of this process, where another worker may answer the scrape."""
    if not SHARED:
        yield
        return
    task = asyncio.create_task(_sample(auth))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _sample(auth: Auth) -> None:
    while True:
        auth.metrics.pool(auth.database.connections())
        await asyncio.sleep(SAMPLE_INTERVAL)


def _require_token(request: Request, expected: str) -> None:
    if not expected:
        return
    headers = request.headers.getlist("authorization")
    scheme, _, token = (headers[0] if len(headers) == 1 else "").partition(" ")
    # As bytes: text that is not ASCII is refused by the comparison itself.
    matches = hmac.compare_digest(token.strip(" ").encode(), expected.encode())
    if scheme.lower() != "bearer" or not matches:
        raise HTTPException(401, "Send the metrics token.", {"WWW-Authenticate": "Bearer"})

"""Whether the process runs, and whether it can serve."""

from starlette.requests import Request
from starlette.responses import JSONResponse

from authberry import Auth
from authberry.models import DatabaseUnavailable

STOPPING = "stopping"
"""The part of the server's state that says so; a host's server may have none."""


async def live(_request: Request) -> JSONResponse:
    """The process runs. A database that is away is no reason to kill it."""
    return JSONResponse({"status": "ok"})


async def ready(request: Request) -> JSONResponse:
    """The database answers and has every table, and the process stays: requests may be sent."""
    auth: Auth = request.app.state.auth
    if getattr(request.state, STOPPING, False):
        return JSONResponse({"status": "unavailable", "reason": "stopping"}, 503)
    try:
        pending = await auth.database.pending_migrations()
    except DatabaseUnavailable:
        return JSONResponse({"status": "unavailable", "reason": "database unreachable"}, 503)
    if pending:
        return JSONResponse({"status": "unavailable", "reason": "migrations pending"}, 503)
    return JSONResponse({"status": "ok"})

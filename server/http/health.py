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
    """The database takes writes and has every table, and the process stays: send requests."""
    auth: Auth = request.app.state.auth
    if getattr(request.state, STOPPING, False):
        return JSONResponse({"status": "unavailable", "reason": "stopping"}, 503)
    problem = await _problem(auth)
    return (
        JSONResponse({"status": "unavailable", **problem}, 503)
        if problem
        else JSONResponse({"status": "ok"})
    )


async def _problem(auth: Auth) -> dict[str, str] | None:
    """Why requests would fail, in words that say nothing of where the database is."""
    try:
        condition = await auth.database.condition()
        if condition.is_locked:
            return {"reason": "database locked"}
        if condition.is_read_only:
            return {"reason": "database read-only"}
        if condition.lacks_rights:
            return {"reason": "database rights missing"}
        pending = await auth.database.pending_migrations()
    except DatabaseUnavailable:
        if auth.database.has_lost_file:
            return {"reason": "database file moved"}
        return {"reason": "database unreachable"}
    return {"reason": "migrations pending"} if pending else None

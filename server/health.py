"""Whether the process runs, and whether it can serve."""

from starlette.requests import Request
from starlette.responses import JSONResponse

from authberry import Auth
from authberry.models import DatabaseUnavailable


async def live(_request: Request) -> JSONResponse:
    """The process runs. A database that is away is no reason to kill it."""
    return JSONResponse({"status": "ok"})


async def ready(request: Request) -> JSONResponse:
    """The database answers and has every table, so that requests may be sent here."""
    auth: Auth = request.app.state.auth
    try:
        pending = await auth.database.pending_migrations()
    except DatabaseUnavailable:
        return JSONResponse({"status": "unavailable", "reason": "database unreachable"}, 503)
    if pending:
        return JSONResponse({"status": "unavailable", "reason": "migrations pending"}, 503)
    return JSONResponse({"status": "ok"})

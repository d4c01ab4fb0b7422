"""HTTP errors in the form of GraphQL errors, so that clients read one form only."""

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from authberry.errors import BadRequest
from authberry.graph.errors import as_error


async def http_error(_request: Request, error: Exception) -> Response:
    """Answer an `HTTPException`, such as the 404 of a path without a route, in JSON."""
    assert isinstance(error, HTTPException)  # noqa: S101 - Starlette's contract
    body = {"errors": [as_error(BadRequest(error.detail)).formatted]}
    return JSONResponse(body, error.status_code, headers=error.headers)

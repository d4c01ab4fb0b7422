"""Starlette: endpoints that are told who is asking.

asking = Asking(auth, login_url="/login")

@asking
async def orders(request: Request, viewer: Viewer) -> Response: ...

@asking.optional
async def offers(request: Request, viewer: Viewer | None) -> Response: ...

@asking.with_role("admin")
async def admin(request: Request, viewer: Viewer) -> Response: ...

@asking.with_recent_login(max_age=300, acr="aal2")
async def pay(request: Request, viewer: Viewer) -> Response: ...
"""

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any, TypeAlias

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from authberry import Viewer
from authberry.server.routes.guard import Guard
from authberry.server.routes.login_page import return_path
from authberry.server.routes.operations import Done, Operations
from authberry.server.routes.refusal import Refusal

__all__ = ["Asking", "Done", "Operations", "return_path"]

Endpoint: TypeAlias = Callable[[Request], Awaitable[Response]]
ForSomebody: TypeAlias = Callable[[Request, Viewer], Awaitable[Response]]
ForAnybody: TypeAlias = Callable[[Request, Viewer | None], Awaitable[Response]]


class Asking(Guard):
    """Hands endpoints the viewer; 401 for others, 503 while the database is away."""

    def __call__(self, endpoint: ForSomebody) -> Endpoint:
        """Require somebody."""
        return _guarded(endpoint, self.find)

    def optional(self, endpoint: ForAnybody) -> Endpoint:
        """Say who is asking, if anybody is."""
        return _guarded(endpoint, self.find_anybody)


def _guarded(endpoint: Any, find: Callable[[Request], Awaitable[Viewer | None]]) -> Endpoint:
    @wraps(endpoint)
    async def guarded(request: Request) -> Response:
        try:
            response: Response = await endpoint(request, await find(request))
        except Refusal as refusal:
            return JSONResponse(refusal.body, refusal.status_code, refusal.headers)
        return response

    return guarded

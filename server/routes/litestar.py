"""Litestar: dependencies that say who is asking, and guards.

asking = Asking(auth, login_url="/login")

@get("/orders", dependencies={"viewer": Provide(asking.required)})
async def orders(viewer: NamedDependency[Viewer]) -> list[Order]: ...

@get("/offers", dependencies={"viewer": Provide(asking.optional)})
async def offers(viewer: NamedDependency[Viewer | None]) -> list[Offer]: ...

@get("/admin", guards=[asking.with_role("admin").guard])
async def admin() -> Template: ...

@post("/payments", guards=[asking.with_recent_login(max_age=300, acr="aal2").guard])
async def pay() -> None: ...
"""

from typing import Any

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.exceptions import HTTPException
from litestar.handlers import BaseRouteHandler

from authberry import Viewer
from authberry.graph.context import connection_of
from authberry.server.routes.guard import Guard
from authberry.server.routes.login_page import return_path
from authberry.server.routes.operations import Done, Operations
from authberry.server.routes.refusal import Refusal

__all__ = ["Asking", "Done", "Operations", "return_path"]


class Asking(Guard):
    """The viewer, or 401; 503 while the database is away."""

    async def required(self, request: Request[Any, Any, Any]) -> Viewer:
        """Require somebody."""
        return await self.find(connection_of(request))

    async def optional(self, request: Request[Any, Any, Any]) -> Viewer | None:
        """Say who is asking, if anybody is."""
        return await self.find_anybody(connection_of(request))

    async def guard(
        self, connection: ASGIConnection[Any, Any, Any, Any], _handler: BaseRouteHandler
    ) -> None:
        """Let nobody else in, where an endpoint need not know who it is."""
        await self.find(connection_of(connection))

    def _translated(self, refusal: Refusal) -> HTTPException:
        """Refuse as Litestar does, with the words of the server behind `detail` and `extra`."""
        headers = dict(refusal.headers or {})
        return HTTPException(
            detail=refusal.detail,
            status_code=refusal.status_code,
            headers=headers,
            extra=refusal.facts,
        )

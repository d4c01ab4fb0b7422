"""FastAPI: dependencies that say who is asking.

asking = Asking(auth, login_url="/login")

@app.get("/orders")
async def orders(viewer: Annotated[Viewer, Depends(asking)]): ...

@app.get("/offers")
async def offers(viewer: Annotated[Viewer | None, Depends(asking.optional)]): ...

@app.get("/admin", dependencies=[Depends(asking.with_role("admin"))])
async def admin(): ...

@app.post("/payments", dependencies=[Depends(asking.with_recent_login(max_age=300, acr="aal2"))])
async def pay(): ...
"""

from fastapi import HTTPException
from fastapi.openapi.models import HTTPBearer
from fastapi.requests import HTTPConnection
from fastapi.security.base import SecurityBase

from authberry import Auth, Viewer
from authberry.server.routes.guard import Guard
from authberry.server.routes.login_page import return_path
from authberry.server.routes.operations import Done, Operations
from authberry.server.routes.refusal import Refusal

__all__ = ["Asking", "Done", "Operations", "OptionalAsking", "return_path"]


class _Asking(Guard, SecurityBase):
    def __init__(self, auth: Auth, *, login_url: str | None = None) -> None:
        super().__init__(auth, login_url=login_url)
        self.model = HTTPBearer(bearerFormat="JWT")
        self.scheme_name = "accessToken"

    def _translated(self, refusal: Refusal) -> HTTPException:
        """Refuse as FastAPI does, with the words of the server behind `detail`."""
        detail = {"message": refusal.detail, **refusal.facts}
        return HTTPException(refusal.status_code, detail, refusal.headers)


class OptionalAsking(_Asking):
    """The viewer, or None where nobody is known to be asking."""

    async def __call__(self, connection: HTTPConnection) -> Viewer | None:
        """Say who is asking, if anybody is."""
        return await self.find_anybody(connection)


class Asking(_Asking):
    """The viewer, or 401; 503 while the database is away."""

    def __init__(self, auth: Auth, *, login_url: str | None = None) -> None:
        """Ask for somebody; see `Guard`."""
        super().__init__(auth, login_url=login_url)
        self.optional = OptionalAsking(auth, login_url=login_url)

    async def __call__(self, connection: HTTPConnection) -> Viewer:
        """Require somebody."""
        return await self.find(connection)

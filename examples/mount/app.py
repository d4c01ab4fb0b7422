"""A shop that knows who is asking: FastAPI, with Authberry mounted at `/auth`.

    pip install -r requirements.in && uvicorn app:app

Then http://127.0.0.1:8000/auth/graphql shows GraphiQL, to register and to log in.
"""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.routing import BaseRoute

from authberry import Auth, Viewer
from authberry.errors import Unauthenticated
from authberry.server.app import create_app
from authberry.server.metadata import well_known

# The path below is part of it. In production it is set to where clients reach this service.
os.environ.setdefault("AUTHBERRY_PUBLIC_URL", "http://127.0.0.1:8000/auth")

authentication = create_app()  # with the settings of the environment
auth: Auth = authentication.state.auth


@asynccontextmanager
async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
    """Open the database before the first request. Without this, the first request does."""
    async with authentication.router.lifespan_context(authentication):
        yield


app = FastAPI(lifespan=lifespan)
routes: list[BaseRoute] = app.router.routes
routes.append(well_known(authentication, "/auth"))
app.mount("/auth", authentication)


async def viewer(
    bearer: Annotated[HTTPAuthorizationCredentials, Depends(HTTPBearer())],
) -> Viewer:
    """The person asking, whose session lives at this moment."""
    try:
        return await auth.sessions.viewers.viewer(
            await auth.signing.access_tokens.verify(bearer.credentials)
        )
    except Unauthenticated as refusal:
        raise HTTPException(401, str(refusal), {"WWW-Authenticate": "Bearer"}) from None


@app.get("/orders")
async def orders(viewer: Annotated[Viewer, Depends(viewer)]) -> dict[str, str]:
    """A route of the shop's own."""
    return {"orders of": viewer.user.email}

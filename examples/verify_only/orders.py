"""An API that knows who is asking, with no accounts and no passwords of its own.

pip install 'authberry[verify]' fastapi uvicorn
AUTH_URL=http://127.0.0.1:8000 uvicorn orders:app --port 9000
"""

import os
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated
from uuid import UUID

from fastapi import Depends, FastAPI

from authberry import AccessTokenVerifier, Claims
from authberry.server.verify.fastapi import Bearer

AUTH_URL = os.environ.get("AUTH_URL", "http://127.0.0.1:8000")

verifier = AccessTokenVerifier(
    f"{AUTH_URL}/.well-known/jwks.json", issuer=AUTH_URL, audience=AUTH_URL
)
bearer = Bearer(verifier)
orders: defaultdict[UUID, list[str]] = defaultdict(list)


@asynccontextmanager
async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
    """Have the keys on their way before the first request comes."""
    async with verifier:
        yield


app = FastAPI(lifespan=lifespan)


@app.get("/")
async def greeting(claims: Annotated[Claims | None, Depends(bearer.optional)]) -> str:
    """Anybody may come in."""
    return f"Welcome back, {claims.user_id}." if claims else "Welcome."


@app.post("/orders", status_code=201)
async def order(what: str, claims: Annotated[Claims, Depends(bearer)]) -> list[str]:
    """Somebody may order, and sees what is theirs."""
    orders[claims.user_id].append(what)
    return orders[claims.user_id]


@app.get("/orders", dependencies=[Depends(bearer.with_role("admin"))])
async def everything() -> dict[UUID, list[str]]:
    """Some may see what everybody has ordered."""
    return orders

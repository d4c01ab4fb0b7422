"""FastAPI: dependencies that give the claims of the access token.

bearer = Bearer(verifier)

@app.get("/orders")
async def orders(claims: Annotated[Claims, Depends(bearer)]): ...

@app.get("/offers")
async def offers(claims: Annotated[Claims | None, Depends(bearer.optional)]): ...

@app.delete("/orders/{id}", dependencies=[Depends(bearer.with_role("admin"))])
async def delete(id: int): ...

@app.post("/payments", dependencies=[Depends(bearer.with_recent_login(max_age=300, acr="aal2"))])
async def pay(): ...
"""

from collections.abc import Awaitable, Callable
from typing import Annotated, NoReturn

from fastapi import Depends, HTTPException
from fastapi.openapi.models import HTTPBearer
from fastapi.requests import HTTPConnection
from fastapi.security.base import SecurityBase

from authberry.errors import AuthError, Forbidden, Unauthenticated, UnauthenticatedReason
from authberry.server.verify.refusals import extensions, headers, status
from authberry.tokens import AccessTokenVerifier, Claims, bearer_token


class OptionalBearer(SecurityBase):
    """Lets requests without a token be anonymous, and refuses those with a bad one."""

    def __init__(self, verifier: AccessTokenVerifier) -> None:
        """Verify with this; what else is set is what OpenAPI says of it."""
        self.model = HTTPBearer(bearerFormat="JWT")
        self.scheme_name = "accessToken"
        self._verifier = verifier

    async def __call__(self, connection: HTTPConnection) -> Claims | None:
        """Say who is asking, if anybody is."""
        try:
            token = bearer_token(connection.headers.getlist("authorization"))
            return None if token is None else await self._verifier.verify(token)
        except AuthError as refusal:
            _refuse(refusal)


class Bearer(OptionalBearer):
    """The claims of the token, or 401; 503 while there are no keys to verify with."""

    def __init__(self, verifier: AccessTokenVerifier) -> None:
        """Verify with this."""
        super().__init__(verifier)
        self.optional = OptionalBearer(verifier)

    async def __call__(self, connection: HTTPConnection) -> Claims:
        """Require somebody."""
        claims = await super().__call__(connection)
        if claims is None:
            _refuse(Unauthenticated(UnauthenticatedReason.TOKEN_MISSING))
        return claims

    def with_role(self, role: str) -> Callable[..., Awaitable[Claims]]:
        """Make a dependency that requires somebody with a role; 403 for others."""

        async def require(claims: Annotated[Claims, Depends(self)]) -> Claims:
            if role not in claims.roles:
                _refuse(Forbidden())
            return claims

        return require

    def with_recent_login(
        self, *, max_age: int | None = None, acr: str | None = None
    ) -> Callable[..., Awaitable[Claims]]:
        """Make a dependency that requires a recent login, or a strong one; 401 else (RFC 9470).

        Args:
            max_age: Seconds since somebody last proved who they are.
            acr: The least level of assurance: `aal1`, `aal2` or `phr`.
        """

        async def require(claims: Annotated[Claims, Depends(self)]) -> Claims:
            try:
                self._verifier.require_recent(claims, max_age=max_age, acr=acr)
            except AuthError as refusal:
                _refuse(refusal)
            return claims

        return require


def _refuse(error: AuthError) -> NoReturn:
    """Refuse as FastAPI does, with the words of the server behind `detail`."""
    detail = {"message": str(error), **extensions(error)}
    raise HTTPException(status(error), detail, headers(error)) from error

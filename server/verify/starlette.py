"""Starlette: `request.user` and `@requires`, by the access token of the request.

app = Starlette(routes=..., middleware=[authentication(verifier)])

@requires("authenticated", status_code=401)
async def orders(request): ...      # request.user.claims

@requires("role:admin")
async def everything(request): ...

@requires_recent_login(verifier, max_age=300, acr="aal2")
async def pay(request): ...
"""

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import TypeAlias

from starlette.authentication import (
    AuthCredentials,
    AuthenticationBackend,
    AuthenticationError,
    BaseUser,
)
from starlette.middleware import Middleware
from starlette.middleware.authentication import AuthenticationMiddleware
from starlette.requests import HTTPConnection, Request
from starlette.responses import JSONResponse, Response

from authberry.errors import AuthError, Unauthenticated, UnauthenticatedReason
from authberry.server.verify.refusals import body, headers, status
from authberry.tokens import AccessTokenVerifier, Claims, bearer_token

Endpoint: TypeAlias = Callable[[Request], Awaitable[Response]]


class VerifiedUser(BaseUser):
    """Who the access token says is asking."""

    def __init__(self, claims: Claims) -> None:
        """Keep the claims for whoever needs more than the id."""
        self.claims = claims

    @property
    def is_authenticated(self) -> bool:
        """Always."""
        return True

    @property
    def identity(self) -> str:
        """The person's id."""
        return str(self.claims.user_id)

    @property
    def display_name(self) -> str:
        """The id again: a token holds no name."""
        return self.identity


class Refused(AuthenticationError):
    """The token, or every token for the time being, is refused."""

    def __init__(self, refusal: AuthError) -> None:
        """Keep the refusal for the answer."""
        super().__init__(str(refusal))
        self.refusal = refusal


class BearerBackend(AuthenticationBackend):
    """Lets requests without a token be anonymous, and refuses those with a bad one.

    The scopes are `authenticated`, and `role:` with each role behind it.
    """

    def __init__(self, verifier: AccessTokenVerifier) -> None:
        """Verify with this."""
        self._verifier = verifier

    async def authenticate(
        self, conn: HTTPConnection
    ) -> tuple[AuthCredentials, VerifiedUser] | None:
        """Say who is asking; raises `Refused`."""
        try:
            token = bearer_token(conn.headers.getlist("authorization"))
            if token is None:
                return None
            claims = await self._verifier.verify(token)
        except AuthError as refusal:
            raise Refused(refusal) from refusal
        roles = (f"role:{role}" for role in claims.roles)
        return AuthCredentials(["authenticated", *roles]), VerifiedUser(claims)


def answer(_connection: HTTPConnection, error: AuthenticationError) -> JSONResponse:
    """Answer a refusal: 401 as RFC 6750 has it, or 503 while there are no keys to verify with."""
    assert isinstance(error, Refused)  # noqa: S101 - what the backend raises
    return _refuse(error.refusal)


def requires_recent_login(
    verifier: AccessTokenVerifier, *, max_age: int | None = None, acr: str | None = None
) -> Callable[[Endpoint], Endpoint]:
    """Require a recent login, or a strong one, for an endpoint; else 401 (RFC 9470).

    Args:
        verifier: Whose clock tells how old the login is.
        max_age: Seconds since somebody last proved who they are.
        acr: The least level of assurance: `aal1`, `aal2` or `phr`.
    """

    def decorate(endpoint: Endpoint) -> Endpoint:
        @wraps(endpoint)
        async def guarded(request: Request) -> Response:
            try:
                if not isinstance(request.user, VerifiedUser):
                    raise Unauthenticated(UnauthenticatedReason.TOKEN_MISSING)
                verifier.require_recent(request.user.claims, max_age=max_age, acr=acr)
            except AuthError as refusal:
                return _refuse(refusal)
            return await endpoint(request)

        return guarded

    return decorate


def _refuse(refusal: AuthError) -> JSONResponse:
    return JSONResponse(body(refusal), status(refusal), headers=headers(refusal))


def authentication(verifier: AccessTokenVerifier) -> Middleware:
    """Make the middleware: this backend, with answers of its own."""
    backend = BearerBackend(verifier)
    return Middleware(AuthenticationMiddleware, backend=backend, on_error=answer)

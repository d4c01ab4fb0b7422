"""The context: a request, turned into who is asking, from where, and how to answer."""

import asyncio
import re
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Generic, TypeAlias, TypeVar
from uuid import UUID

import strawberry
from starlette.requests import HTTPConnection
from starlette.responses import Response
from strawberry.dataloader import DataLoader

from authberry import Auth, Client, Issued, RefreshTokenTransport, Viewer
from authberry.errors import (
    AuthError,
    BadRequest,
    CrossSiteRequest,
    OperationTooComplex,
    Unauthenticated,
    UnauthenticatedReason,
)
from authberry.graph.clients import client_of
from authberry.graph.cookies import LoginLinkCookie, RefreshTokenCookie
from authberry.graph.limits import ONE_CREDENTIAL
from authberry.graph.origins import is_from_browser, may_use_cookie
from authberry.graph.types import AuthPayload
from authberry.models import User
from authberry.tokens import Claims, bearer_token

T = TypeVar("T")

BROWSER_BYTES = 32
_BROWSER = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)

STREAMED = "authberry.streamed"
"""Stands in the ASGI scope of a request whose answer has begun before it is worked out."""


class Once(Generic[T]):
    """One result, or one error, for all who ask; the first of them has it worked out."""

    def __init__(self, work: Callable[[], Awaitable[T]]) -> None:
        """Keep the work for whoever asks first."""
        self._work = work
        self._working = asyncio.Lock()
        self._results: list[T] = []
        self._error: Exception | None = None

    async def result(self) -> T:
        """Return the result, or raise the error, at once or when it is there."""
        if not self._results:
            async with self._working:
                if self._error is None and not self._results:
                    try:
                        self._results.append(await self._work())
                    except Exception as error:  # noqa: BLE001 - raised below, to all
                        self._error = error
        if self._error is not None:
            raise self._error
        return self._results[0]


@dataclass(frozen=True, slots=True)
class Presented:
    """The refresh tokens a request came with, and the way they came."""

    tokens: tuple[str, ...] = field(repr=False)
    transport: RefreshTokenTransport


class Context:
    """What resolvers see of a request, as `info.context`.

    Nothing is looked at before somebody asks: a request with no token, or a bad or expired one, is
    anonymous, and every public field works.
    """

    def __init__(self, auth: Auth, request: HTTPConnection, response: Response) -> None:
        """Wrap a request, and the response whose headers the answer will have."""
        self.auth = auth
        self.request = request
        self.response = response
        self.request_id: str = request.scope.get("request_id") or secrets.token_hex(8)
        self._presented_cookie = False
        self._has_credential = False
        self._claims = Once(self._verify)
        self._viewer = Once(self._find_viewer)

    @cached_property
    def client(self) -> Client:
        """Where the request comes from."""
        return client_of(self.request, self.auth.settings, self.request_id)

    @cached_property
    def _cookie(self) -> RefreshTokenCookie:
        return RefreshTokenCookie(self.auth.settings)

    @cached_property
    def _link_cookie(self) -> LoginLinkCookie:
        return LoginLinkCookie(self.auth.settings)

    @cached_property
    def people(self) -> DataLoader[UUID, User | None]:
        """Anybody by id: those who are asked for at once are read with one query."""
        return DataLoader(self.auth.accounts.find_many, cache=False)

    async def claims(self) -> Claims:
        """What the access token says, without a look at the database.

        Raises:
            Unauthenticated: TOKEN_MISSING, TOKEN_INVALID or TOKEN_EXPIRED.
        """
        return await self._claims.result()

    async def viewer(self) -> Viewer:
        """The person asking and their live session: one query a request, however many fields ask.

        Raises:
            Unauthenticated: as `claims`, or SESSION_REVOKED.
        """
        return await self._viewer.result()

    async def claims_to_log_out(self) -> Claims | None:
        """What the access token says, even if it has expired; None if there is no good one."""
        try:
            return await self.auth.access_tokens.verify(self._bearer(), may_be_expired=True)
        except Unauthenticated:
            return None

    def admit_credential(self) -> None:
        """Let one field of a request take or give a secret, however the document was checked.

        Raises:
            OperationTooComplex: it is the second.
        """
        if self._has_credential:
            raise OperationTooComplex(ONE_CREDENTIAL)
        self._has_credential = True

    def presented_refresh_token(self, argument: str | None) -> Presented:
        """The token from the argument or, without one, from the cookie.

        Raises:
            CrossSiteRequest: there is a cookie, and the request may not use it.
        """
        if argument:
            return Presented((argument,), RefreshTokenTransport.BODY)
        tokens = self._cookie.read(self.request)
        if tokens:
            self.require_deliverable(RefreshTokenTransport.COOKIE)
            self._presented_cookie = True
        return Presented(tokens, RefreshTokenTransport.COOKIE)

    def require_deliverable(self, transport: RefreshTokenTransport) -> None:
        """Make sure, before anything is done, that a cookie may be set, and can be.

        Raises:
            CrossSiteRequest: it may not.
            BadRequest: it cannot, since the answer is a stream whose headers have left.
        """
        if transport is not RefreshTokenTransport.COOKIE:
            return
        if not may_use_cookie(self.request, self.auth.settings):
            raise CrossSiteRequest
        if STREAMED in self.request.scope:
            raise BadRequest("A stream sets no cookie. Accept application/json as well.")

    def deliver(self, issued: Issued, transport: RefreshTokenTransport) -> AuthPayload:
        """Answer with new tokens, the refresh token in the cookie or in the body, never in both.

        A cookie that the browser holds is not set again: of two answers that overlap, the older may
        arrive last, and would put the token of before in the place of its successor.
        """
        self.response.headers["Cache-Control"] = "no-store"
        if transport is RefreshTokenTransport.BODY:
            return AuthPayload.of(issued, refresh_token=issued.refresh_token)
        if issued.refresh_token not in self._cookie.read(self.request):
            lifetime = issued.session.expires_at - self.auth.clock.now()
            self._cookie.set(self.response, issued.refresh_token, lifetime)
        return AuthPayload.of(issued, refresh_token=None)

    def browser_that_asks(self) -> str | None:
        """The secret that the browser will show with a link; None if a program asks.

        It is kept in a cookie for as long as the link lives. One that is there already stays, so
        that two links asked for in one browser both work.

        Raises:
            CrossSiteRequest, BadRequest: as `require_deliverable`.
        """
        held = self.browser_that_returns()
        if held is None:
            return None
        good = [secret for secret in held if _BROWSER.fullmatch(secret)]
        secret = good[0] if good else secrets.token_urlsafe(BROWSER_BYTES)
        self._link_cookie.set(self.response, secret, self.auth.settings.login_link_ttl)
        return secret

    def browser_that_returns(self) -> tuple[str, ...] | None:
        """The secrets that the browser holds, perhaps none; None if it is a program that asks.

        Raises:
            CrossSiteRequest, BadRequest: as `require_deliverable`.
        """
        if not is_from_browser(self.request):
            return None
        self.require_deliverable(RefreshTokenTransport.COOKIE)
        return self._link_cookie.read(self.request)

    def forget_browser(self) -> None:
        """Delete the browser's secret, once its link has been used."""
        if self._link_cookie.read(self.request):
            self._link_cookie.clear(self.response)

    def forget_cookie(self, presented: Presented) -> None:
        """Delete the cookie after a logout, if that is how the token came."""
        if presented.transport is RefreshTokenTransport.COOKIE and presented.tokens:
            self._cookie.clear(self.response)

    def clear_cookie(self, transport: RefreshTokenTransport) -> None:
        """Delete the cookie of a session that has ended, if that is how it held its token."""
        if transport is RefreshTokenTransport.COOKIE:
            self._cookie.clear(self.response)

    def refused(self, error: AuthError) -> None:
        """Let headers follow a refusal: a dead session's cookie goes, and waiting has a time."""
        if error.session_over and self._presented_cookie:
            self._cookie.clear(self.response)
        if (seconds := getattr(error, "retry_after", None)) is not None:
            self.response.headers["Retry-After"] = str(seconds)

    async def _verify(self) -> Claims:
        return await self.auth.access_tokens.verify(self._bearer())

    async def _find_viewer(self) -> Viewer:
        return await self.auth.viewers.viewer(await self.claims())

    def _bearer(self) -> str:
        """The token behind `Bearer`; raises Unauthenticated where there is none, or not one."""
        token = bearer_token(self.request.headers.getlist("authorization"))
        if token is None:
            raise Unauthenticated(UnauthenticatedReason.TOKEN_MISSING)
        return token


Info: TypeAlias = strawberry.Info[Context, Any]

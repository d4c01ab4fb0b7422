"""The context: a request, turned into who is asking, from where, and how to answer."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import cached_property
from typing import Any, TypeAlias
from uuid import UUID

import strawberry
from starlette.requests import HTTPConnection
from starlette.responses import Response
from strawberry.dataloader import DataLoader

from authberry import Auth, Client, Issued, Viewer
from authberry.email_addresses import key_of
from authberry.errors import (
    AuthError,
    BadRequest,
    CrossSiteRequest,
    OperationTooComplex,
    Unauthenticated,
)
from authberry.graph.context.asking import Asking
from authberry.graph.context.clients import client_of
from authberry.graph.context.delivery import Delivery
from authberry.graph.context.external_login import ExternalLoginBrowser
from authberry.graph.context.known_device import KnownDevice
from authberry.graph.context.login_link_browser import LoginLinkBrowser
from authberry.graph.context.origins import may_ask_by_cookie, may_use_cookie
from authberry.graph.context.pending_login import PendingLoginBrowser
from authberry.graph.context.refresh_tokens import RefreshTokens
from authberry.graph.context.session_cookie import SessionCookieBrowser
from authberry.logins import Enrolling, Purpose
from authberry.models import User
from authberry.tokens import Claims

ONE_CREDENTIAL = "The operation has more than 1 field that takes or gives a secret."

STREAMED = "authberry.streamed"
"""Stands in the ASGI scope of a request whose answer has begun before it is worked out."""


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
        self._has_credential = False
        self.session_cookie = SessionCookieBrowser(auth, request, response, self._may_ask_by_cookie)
        self._asking = Asking(auth, request, response, self.session_cookie)
        self._turn = asyncio.Lock()

    @cached_property
    def client(self) -> Client:
        """Where the request comes from."""
        return client_of(self.request, self.auth.settings, self.request_id)

    @cached_property
    def client_on_device(self) -> Client:
        """The same with what the device is known by, for whatever counts attempts at an account."""
        device = self._known_device
        if device is None:
            return self.client
        trusted = self.pending_login.trusted()
        return replace(self.client, device_tokens=device.held(), trusted_tokens=trusted)

    @cached_property
    def _known_device(self) -> KnownDevice | None:
        """The browser that is asking; None where the request may not use cookies."""
        if not self._may_use_cookie():
            return None
        tokens = self.auth.resources.attempts.devices
        return KnownDevice(self.auth.settings, tokens, self.request, self.response)

    @cached_property
    def refresh_tokens(self) -> RefreshTokens:
        """What the request holds of sessions."""
        return RefreshTokens(self.auth, self.request, self.response, self.require_cookies)

    @cached_property
    def login_link_browser(self) -> LoginLinkBrowser:
        """The browser that asks for a login link, or comes back with one."""
        return LoginLinkBrowser(
            self.auth.settings, self.request, self.response, self.require_cookies
        )

    @cached_property
    def pending_login(self) -> PendingLoginBrowser:
        """The browser in the middle of a login."""
        return PendingLoginBrowser(
            self.auth.settings, self.request, self.response, self.require_cookies
        )

    @cached_property
    def external_login(self) -> ExternalLoginBrowser:
        """The browser on its way to a provider and back."""
        return ExternalLoginBrowser(
            self.auth.settings, self.request, self.response, self.require_cookies
        )

    @cached_property
    def delivery(self) -> Delivery:
        """How what a login or a refresh ends with gets to the client."""
        return Delivery(self)

    @cached_property
    def users_by_id(self) -> DataLoader[UUID, User | None]:
        """Anybody by id: those who are asked for at once are read with one query."""
        return DataLoader(self.auth.accounts.find_many, cache=False)

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Read a list by itself, whatever else a request asks for, and let others have their turn.

        Else twenty lists of one request, by aliases, would be written out in one go.
        """
        async with self._turn:
            yield
            await asyncio.sleep(0)

    async def claims(self) -> Claims:
        """What the access token says, without a look at the database; or the session's cookie.

        Raises:
            Unauthenticated: TOKEN_MISSING, TOKEN_INVALID or TOKEN_EXPIRED; or, of a cookie,
                SESSION_REVOKED.
            CrossSiteRequest: there is a cookie alone, and the request may not use it.
            BadRequest: there are both, of different people.
        """
        return await self._asking.claims()

    async def viewer(self) -> Viewer:
        """The person asking and their live session: one query a request, however many fields ask.

        Raises:
            Unauthenticated: SESSION_REVOKED, or as `claims`.
            CrossSiteRequest, BadRequest: as `claims`.
        """
        return await self._asking.viewer()

    def go_on_as(self, issued: Issued) -> None:
        """Answer the fields that follow in the session that this one was renewed as."""
        self._asking.replace(Viewer(issued.user, issued.session))

    async def claims_even_if_expired(self) -> Claims | None:
        """What the access token says, even if it has expired; None if there is no good one."""
        try:
            token = self._asking.bearer
            if token is None:
                return None
            return await self.auth.signing.access_tokens.verify(token, may_be_expired=True)
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

    def _may_use_cookie(self) -> bool:
        return may_use_cookie(self.request, self.auth.settings)

    def _may_ask_by_cookie(self) -> bool:
        return may_ask_by_cookie(self.request, self.auth.settings)

    def require_cookies(self) -> None:
        """Make sure that the request may use cookies, and the answer can set them.

        Raises:
            CrossSiteRequest: it may not.
            BadRequest: it cannot, since the answer is a stream whose headers have left.
        """
        if not self._may_use_cookie():
            raise CrossSiteRequest
        if STREAMED in self.request.scope:
            raise BadRequest("A stream sets no cookie. Accept application/json as well.")

    async def enrolling(self, ticket: str | None) -> Enrolling:
        """Who sets a factor up: in the middle of a login that wants one, or in a recent login.

        Raises:
            InvalidTicket: there is no such login.
            Unauthenticated: there is no access token either, or the login is not recent.
        """
        rules = self.auth.logins
        tickets = self.pending_login.tickets(ticket)
        if tickets.values and not self.request.headers.get("authorization"):
            with self.auth.database.use():
                return await rules.second_factors.pending.find(tickets, Purpose.ENROLLMENT)
        return await self.viewer_of_recent_login()

    async def viewer_who_proves(self, password: str | None) -> Viewer:
        """The person asking, who proves it by a password or, without one, by a recent login.

        Raises:
            StepUpRequired, Unauthenticated: as `viewer_of_recent_login`.
        """
        return await (self.viewer() if password else self.viewer_of_recent_login())

    async def viewer_of_recent_login(self) -> Viewer:
        """The person asking, who has just proved who they are, with whatever factor they have.

        Raises:
            StepUpRequired: that is too long ago, or was too little.
            Unauthenticated: as `viewer`.
        """
        viewer = await self.viewer()
        await self.auth.logins.step_up.require(await self.claims(), viewer)
        return viewer

    def remember_device(self, address: str) -> None:
        """Let the browser of whoever has proved who they are be known, where it may be given it."""
        if self._known_device is not None and STREAMED not in self.request.scope:
            self._known_device.remember(key_of(address))

    def forget_device(self, address: str) -> None:
        """Let nothing of an account that is gone be left in the browser."""
        if self._known_device is not None:
            self._known_device.forget(key_of(address))

    def add_refusal_headers(self, error: AuthError) -> None:
        """Let headers follow a refusal: a dead session's cookie goes, and waiting has a time."""
        if error.session_over:
            self.refresh_tokens.clear_refused()
        if (seconds := getattr(error, "retry_after", None)) is not None:
            self.response.headers["Retry-After"] = str(seconds)


Info: TypeAlias = strawberry.Info[Context, Any]

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
from authberry.errors import (
    AuthError,
    OperationTooComplex,
    Unauthenticated,
)
from authberry.graph.context.asking import Asking
from authberry.graph.context.browser import Browser
from authberry.graph.context.clients import client_of
from authberry.graph.context.delivery import Delivery
from authberry.graph.context.origins import GRAPHQL, CookieRule
from authberry.logins import Enrolling, Purpose
from authberry.models import User
from authberry.tokens import Claims

ONE_CREDENTIAL = "The operation has more than 1 field that takes or gives a secret."


class Context:
    """What resolvers see of a request, as `info.context`.

    Nothing is looked at before somebody asks: a request with no token, or a bad or expired one, is
    anonymous, and every public field works.
    """

    def __init__(
        self,
        auth: Auth,
        request: HTTPConnection,
        response: Response,
        rule: CookieRule = GRAPHQL,
    ) -> None:
        """Wrap a request, and the response whose headers the answer will have.

        Args:
            auth: Whose services answer.
            request: Who is asking.
            response: Whose headers are set.
            rule: When cookies may be used.
        """
        self.auth = auth
        self.request = request
        self.response = response
        self.request_id: str = request.scope.get("request_id") or secrets.token_hex(8)
        self._has_credential = False
        self.browser = Browser(auth, request, response, rule)
        self._asking = Asking(auth, request, response, self.browser)
        self._turn = asyncio.Lock()

    @cached_property
    def client(self) -> Client:
        """Where the request comes from."""
        return client_of(self.request, self.auth.settings, self.request_id)

    @cached_property
    def client_on_device(self) -> Client:
        """The same with what the device is known by, for whatever counts attempts at an account."""
        device = self.browser.known_device
        if device is None:
            return self.client
        trusted = self.browser.pending_login.trusted()
        return replace(self.client, device_tokens=device.held(), trusted_tokens=trusted)

    @cached_property
    def delivery(self) -> Delivery:
        """How what a login or a refresh ends with gets to the client."""
        return Delivery(self.browser, self.response, self.auth.clock)

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

    def go_on_from(self, earlier: "Context") -> None:
        """Look nobody up whom a route of the same request has found already."""
        self._asking.go_on_from(earlier._asking)  # noqa: SLF001 - ours

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

    async def enrolling(self, ticket: str | None) -> Enrolling:
        """Who sets a factor up: in the middle of a login that wants one, or in a recent login.

        Raises:
            InvalidTicket: there is no such login.
            Unauthenticated: there is no access token either, or the login is not recent.
        """
        rules = self.auth.logins
        tickets = self.browser.pending_login.tickets(ticket)
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

    def add_refusal_headers(self, error: AuthError) -> None:
        """Let headers follow a refusal: a dead session's cookie goes, and waiting has a time."""
        if error.session_over:
            self.browser.refresh_tokens.clear_refused()
        if (seconds := getattr(error, "retry_after", None)) is not None:
            self.response.headers["Retry-After"] = str(seconds)


Info: TypeAlias = strawberry.Info[Context, Any]

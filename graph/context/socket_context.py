"""The context of a WebSocket: who is connected, for as long as it lasts."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from starlette.requests import HTTPConnection
from starlette.responses import Response

from authberry import Auth, Viewer
from authberry.errors import BadRequest, Unauthenticated, UnauthenticatedReason
from authberry.graph.context.context import Context
from authberry.graph.context.origins import SocketCookieRule
from authberry.tokens import Claims, bearer_token

UNAUTHORIZED, FORBIDDEN = 4401, 4403
"""Close codes, which the client library `graphql-ws` makes the right thing of: after 4403 it
connects again, with the fresh token that its `connectionParams` gets; after 4401 it gives up."""

TRY_AGAIN_LATER = 1013  # of the registry of RFC 6455, section 11.7; `graphql-ws` does

OTHER_ORIGIN = "ORIGIN_NOT_ALLOWED"
OTHER_PERSON = "TOKEN_OF_ANOTHER_PERSON"


class ConnectionRejected(Exception):
    """The WebSocket is to be closed."""

    def __init__(self, code: int, reason: str) -> None:
        """Close with a code and a reason."""
        super().__init__(reason)
        self.code = code
        self.reason = reason

    @classmethod
    def for_refusal(cls, refusal: Unauthenticated) -> "ConnectionRejected":
        """Translate a refusal; only one that a fresh token mends is worth another try."""
        mends = refusal.is_renewed or refusal.reason is UnauthenticatedReason.TOKEN_EXPIRED
        return cls(FORBIDDEN if mends else UNAUTHORIZED, refusal.reason.name)


class SocketContext(Context):
    """What resolvers see of a WebSocket. It lives long: who is asking is looked up each time."""

    def __init__(self, auth: Auth, connection: HTTPConnection) -> None:
        """Wrap a connection, of which nothing is known before its `connection_init`."""
        super().__init__(auth, connection, Response(), SocketCookieRule())  # no headers go out
        self._token: str | None = None
        self._by_cookie: Viewer | None = None

    @property
    def is_somebody(self) -> bool:
        """Whether somebody in particular is connected."""
        return self._token is not None or self._by_cookie is not None

    async def admit(self, payload: Mapping[str, Any]) -> None:
        """Take the token that the client presents, if it does, in the place of the one before.

        Without one, the session's cookie counts that the connection was opened with.

        Raises:
            ConnectionRejected: a page of another site connects, or the token is not good, or not
                the same person's.
        """
        origin = self.request.headers.get("origin")
        if origin is not None and not self.auth.settings.allows_origin(origin):
            raise ConnectionRejected(FORBIDDEN, OTHER_ORIGIN)
        try:
            if self._by_cookie is None:
                self._by_cookie = await self._find_by_cookie()
            if (token := _token_in(payload)) is None:
                return
            new = await self.auth.signing.access_tokens.verify(token)
            if await self._connected_as() not in {None, new.user_id}:
                raise ConnectionRejected(UNAUTHORIZED, OTHER_PERSON)
            await self.auth.sessions.viewers.viewer(new)
        except Unauthenticated as refusal:
            raise ConnectionRejected.for_refusal(refusal) from None
        self._token = token

    async def claims(self) -> Claims:
        """What the access token says now; raises as for a request."""
        if self._token is not None:
            return await self.auth.signing.access_tokens.verify(self._token)
        return self.auth.sessions.cookies.claims(await self.viewer())

    async def viewer(self) -> Viewer:
        """The person connected and their live session, as of now; raises as for a request."""
        viewers = self.auth.sessions.viewers
        if self._token is not None:
            return await viewers.viewer(await self.claims())
        if self._by_cookie is None:
            raise Unauthenticated(UnauthenticatedReason.TOKEN_MISSING)
        connected = self._by_cookie
        return replace(await viewers.of_session(connected.session.id), token=connected.token)

    def admit_credential(self) -> None:
        """Refuse: nothing could bring a cookie back, and one socket could try for ever."""
        raise BadRequest("Send this by HTTP: it takes or gives a secret.")

    async def _find_by_cookie(self) -> Viewer | None:
        """For whom the cookie stands: nobody, if its session is over, as for a request.

        Raises:
            Unauthenticated: the session was just renewed; another try comes with its cookie.
        """
        presented = self.browser.session_cookie.presented()
        if not presented:
            return None
        try:
            return await self.auth.sessions.cookies.viewer(presented)
        except Unauthenticated as refusal:
            if refusal.is_renewed:
                raise
            return None

    async def _connected_as(self) -> UUID | None:
        """Who has been connected so far, also with a token that has expired since."""
        if self._token is None:
            return None if self._by_cookie is None else self._by_cookie.user.id
        tokens = self.auth.signing.access_tokens
        return (await tokens.verify(self._token, may_be_expired=True)).user_id


def _token_in(payload: Mapping[str, Any]) -> str | None:
    """The access token of a message, as clients spell it; raises Unauthenticated."""
    for name in ("Authorization", "authorization", "accessToken"):
        if (value := payload.get(name)) is None:
            continue
        token = value if name == "accessToken" else bearer_token([str(value)])
        if not isinstance(token, str):
            raise Unauthenticated(UnauthenticatedReason.TOKEN_INVALID)
        return token
    return None

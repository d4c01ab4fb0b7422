"""Our context in a host's schema: the host's own holds an `Auth`, and that is all we need.

Strawberry hands every integration's request to the context under one of a few names. Our own
context is made of that request when the first of our fields asks, and kept in its ASGI scope.
"""

from collections.abc import Mapping
from typing import Any, cast

from graphql import GraphQLError
from starlette.requests import HTTPConnection
from starlette.types import Scope

from authberry import Auth
from authberry.errors import ErrorCode
from authberry.graph.context.context import Context, Info
from authberry.graph.context.origins import ROUTES
from authberry.graph.context.recorded_response import RecordedResponse
from authberry.graph.context.socket_context import SocketContext
from authberry.graph.strawberry_internals import with_context

AUTH_KEY = "authberry"
_SCOPE_KEY = "authberry.context"
_ROUTE_KEY = "authberry.route"
HOLD_IT_OPEN = "Hold it open while the application runs, in its lifespan: async with auth: yield"
NOT_OPEN = f"The `Auth` of this route is not open. {HOLD_IT_OPEN}"
_CONNECTIONS = ("request", "connection", "socket", "websocket")


def in_own_context(info: Info) -> Info:
    """The same field with our context in the place of the host's."""
    own = context_of(info.context)
    if own is info.context:
        return info
    return with_context(info, own)


def context_of(host: Any) -> Context:
    """Our context for the request that a host's context is about.

    Raises:
        GraphQLError: the host's context lacks something; the message is for its developer.
    """
    if isinstance(host, Context):
        return host
    auth, scope = _value(host, AUTH_KEY), _scope(host)
    if not isinstance(auth, Auth) or scope is None:
        raise _missing(f"an `Auth` under `{AUTH_KEY}`", "auth_context(auth)")
    if not auth.is_open:
        raise _not_open()
    own: Context | None = scope.get(_SCOPE_KEY)
    if own is None or own.auth is not auth:
        own = scope[_SCOPE_KEY] = _context(auth, scope, _value(host, "response"))
    return own


def _context(auth: Auth, scope: Scope, response: Any) -> Context:
    if scope["type"] == "websocket":
        return SocketContext(auth, HTTPConnection(scope))
    if response is None:  # a cookie would go nowhere
        raise _missing("the `response`", "auth_context(auth, request=request, response=response)")
    own = Context(auth, HTTPConnection(scope), response)
    route: Context | None = scope.get(_ROUTE_KEY)
    if route is not None and route.auth is auth:
        own.go_on_from(route)
    return own


def connection_of(request: Any) -> HTTPConnection:
    """The request of whatever framework as the one of Starlette that our rules read."""
    return request if isinstance(request, HTTPConnection) else HTTPConnection(request.scope)


def context_of_route(auth: Auth, scope: Scope) -> Context:
    """Our context for a request to a plain route of a host's, the same one however often.

    Its rule about cookies is that of routes; what its answer is to set is recorded.

    Raises:
        RuntimeError: the `Auth` is not open; the message is for the host's developer.
    """
    if not auth.is_open:
        raise RuntimeError(NOT_OPEN)
    own: Context | None = scope.get(_ROUTE_KEY)
    if own is None or own.auth is not auth:
        own = Context(auth, HTTPConnection(scope), RecordedResponse(), ROUTES)
        scope[_ROUTE_KEY] = own
    return own


def _scope(host: Any) -> Scope | None:
    """The ASGI scope of whatever Strawberry's integration has put into the context."""
    for name in _CONNECTIONS:
        if (scope := getattr(_value(host, name), "scope", None)) is not None:
            return cast("Scope", scope)
    return None


def _value(host: Any, name: str) -> Any:
    return host.get(name) if isinstance(host, Mapping) else getattr(host, name, None)


def _missing(what: str, line: str) -> GraphQLError:
    return GraphQLError(
        f"The context of this schema does not hold {what}. Let get_context, or context_getter,"
        f" return {line}, or an object with those attributes.",
        extensions={"code": ErrorCode.INTERNAL_SERVER_ERROR.value},
    )


def _not_open() -> GraphQLError:
    return GraphQLError(
        f"The `Auth` in the context of this schema is not open. {HOLD_IT_OPEN}",
        extensions={"code": ErrorCode.INTERNAL_SERVER_ERROR.value},
    )

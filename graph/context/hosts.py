"""Our fields in a host's schema: the host's context has an `Auth`, and that is all they need.

Strawberry hands every integration's request to the context under one of a few names. Our own
context is made of that request when the first of our fields asks, and kept in its ASGI scope.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, cast

import strawberry
from graphql import GraphQLError
from starlette.requests import HTTPConnection
from starlette.types import Scope

from authberry import Auth, Viewer
from authberry.errors import AuthError, ErrorCode, ServiceUnavailable
from authberry.graph.connection import SocketContext
from authberry.graph.context import Context, Info
from authberry.graph.errors import as_error
from authberry.models import DatabaseUnavailable
from authberry.tokens import Claims

NAME = "authberry"
_SCOPE_KEY = "authberry.context"
_CONNECTIONS = ("request", "connection", "socket", "websocket")


class AuthContext:
    """For a host whose context is a class: inherit from it, and say whose `Auth` it is.

    class AppContext(AuthContext, BaseContext):
        authberry = auth
    """

    authberry: Auth


def auth_context(auth: Auth, **others: Any) -> dict[str, Any]:
    """What a host's `get_context` or `context_getter` returns, or adds to what it returns.

    Args:
        auth: Opened by the host; see `authberry.Auth`.
        others: What else the context holds, such as `request` and `response` for Strawberry's
            plain ASGI view, which leaves those to `get_context`.
    """
    return {NAME: auth, **others}


async def viewer(info: strawberry.Info[Any, Any]) -> Viewer:
    """Say who is asking, in a host's resolver: one look-up a request, however many ask.

    Raises:
        GraphQLError: UNAUTHENTICATED, with the reason in `extensions`, or SERVICE_UNAVAILABLE.
    """
    try:
        return await context_of(info.context).viewer()
    except AuthError as refusal:
        raise as_error(refusal) from None
    except DatabaseUnavailable:
        raise as_error(ServiceUnavailable()) from None


async def claims(info: strawberry.Info[Any, Any]) -> Claims:
    """Say what the access token says, without a look at the database.

    A session that has ended is not noticed; its tokens are good until they expire.

    Raises:
        GraphQLError: UNAUTHENTICATED, with the reason in `extensions`.
    """
    try:
        return await context_of(info.context).claims()
    except AuthError as refusal:
        raise as_error(refusal) from None


def in_own_context(info: Info) -> Info:
    """The same field with our context in the place of the host's."""
    own = context_of(info.context)
    if own is info.context:
        return info
    return replace(info, _raw_info=info._raw_info._replace(context=own))  # noqa: SLF001


def context_of(host: Any) -> Context:
    """Our context for the request that a host's context is about.

    Raises:
        GraphQLError: the host's context lacks something; the message is for its developer.
    """
    if isinstance(host, Context):
        return host
    auth, scope = _held(host, NAME), _scope(host)
    if not isinstance(auth, Auth) or scope is None:
        raise _forgotten(f"an `Auth` under `{NAME}`", "auth_context(auth)")
    own: Context | None = scope.get(_SCOPE_KEY)
    if own is None or own.auth is not auth:
        own = scope[_SCOPE_KEY] = _context(auth, scope, _held(host, "response"))
    return own


def _context(auth: Auth, scope: Scope, response: Any) -> Context:
    if scope["type"] == "websocket":
        return SocketContext(auth, HTTPConnection(scope))
    if response is None:  # a cookie would go nowhere
        raise _forgotten("the `response`", "auth_context(auth, request=request, response=response)")
    return Context(auth, HTTPConnection(scope), response)


def _scope(host: Any) -> Scope | None:
    """The ASGI scope of whatever Strawberry's integration has put into the context."""
    for name in _CONNECTIONS:
        if (scope := getattr(_held(host, name), "scope", None)) is not None:
            return cast("Scope", scope)
    return None


def _held(host: Any, name: str) -> Any:
    return host.get(name) if isinstance(host, Mapping) else getattr(host, name, None)


def _forgotten(what: str, line: str) -> GraphQLError:
    return GraphQLError(
        f"The context of this schema does not hold {what}. Let get_context, or context_getter,"
        f" return {line}, or an object with those attributes.",
        extensions={"code": ErrorCode.INTERNAL_SERVER_ERROR.value},
    )

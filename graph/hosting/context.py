"""What a host's context holds for us, and what a host's resolvers ask us."""

from typing import Any

import strawberry

from authberry import Auth, Viewer
from authberry.errors import AuthError, ServiceUnavailable
from authberry.graph.context import AUTH_KEY, context_of
from authberry.graph.errors import as_error
from authberry.models import DatabaseUnavailable
from authberry.tokens import Claims


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
    return {AUTH_KEY: auth, **others}


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

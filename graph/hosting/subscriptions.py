"""The view of a host that serves subscriptions: over WebSockets, or as server-sent events."""

from dataclasses import replace
from typing import Any

from graphql import GraphQLError, OperationType, get_operation_ast, parse

from authberry.graph.context import STREAMED
from authberry.graph.hosting.sockets import LegacyWSHandler, TransportWSHandler
from authberry.graph.strawberry_internals import GraphQLRequestData

SSE = "sse"


class AuthenticatedSubscriptions:
    """For a view of Strawberry's, in any of its integrations, that serves subscriptions.

    class GraphQL(AuthenticatedSubscriptions, strawberry.asgi.GraphQL): ...

    A connection without a token is anonymous. `Origin` is checked against the settings, as it is
    for the cookie.
    """

    graphql_transport_ws_handler_class: Any = TransportWSHandler
    graphql_ws_handler_class: Any = LegacyWSHandler

    def is_websocket_origin_allowed(self, request: Any, origin: str) -> bool:  # noqa: ARG002 - Strawberry's signature
        """Leave it to `connection_init`, where the settings are at hand."""
        return True

    async def execute_operation(self, *args: Any, **kwargs: Any) -> Any:
        """Answer a mutation whole: the headers of a stream have left before a cookie can be set.

        Some clients (urql) accept a stream of everything, and mean it of subscriptions. To one that
        accepts nothing else, no cookie is given.
        """
        request, asked = kwargs["request"], kwargs["request_data"]
        if isinstance(asked, GraphQLRequestData) and asked.protocol == SSE:
            if _is_mutation(asked) and "json" in request.headers.get("accept", ""):
                kwargs["request_data"] = replace(asked, protocol="http")
            else:
                request.scope[STREAMED] = True
        return await super().execute_operation(*args, **kwargs)  # type: ignore[misc]


def _is_mutation(request_data: GraphQLRequestData) -> bool:
    try:
        operation = get_operation_ast(parse(request_data.query or ""), request_data.operation_name)
    except GraphQLError:
        return False  # which Strawberry says better
    return operation is not None and operation.operation is OperationType.MUTATION

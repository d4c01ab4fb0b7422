"""A request, or a WebSocket, turned into who is asking, from where, and how to answer.

`Context` is what resolvers have as `info.context`. Cookies are read and set here and nowhere else,
under the rule about the origins that may use them. A host's own context is one of ours by
`context_of`, and that of a plain route by `context_of_route`.
"""

from authberry.graph.context.browser import STREAMED
from authberry.graph.context.clients import client_of
from authberry.graph.context.context import ONE_CREDENTIAL, Context, Info
from authberry.graph.context.external_login import held_at_callback
from authberry.graph.context.hosts import (
    AUTH_KEY,
    connection_of,
    context_of,
    context_of_route,
    in_own_context,
)
from authberry.graph.context.origins import SAFE_METHODS, media_type
from authberry.graph.context.recorded_response import RecordedResponse, Settable
from authberry.graph.context.socket_context import (
    TRY_AGAIN_LATER,
    ConnectionRejected,
    SocketContext,
)

__all__ = [
    "AUTH_KEY",
    "ONE_CREDENTIAL",
    "SAFE_METHODS",
    "STREAMED",
    "TRY_AGAIN_LATER",
    "ConnectionRejected",
    "Context",
    "Info",
    "RecordedResponse",
    "Settable",
    "SocketContext",
    "client_of",
    "connection_of",
    "context_of",
    "context_of_route",
    "held_at_callback",
    "in_own_context",
    "media_type",
]

"""A request, or a WebSocket, turned into who is asking, from where, and how to answer.

`Context` is what resolvers have as `info.context`. Cookies are read and set here and nowhere else,
under the rule about the origins that may use them. A host's own context is one of ours by
`context_of`.
"""

from authberry.graph.context.browser import STREAMED
from authberry.graph.context.clients import client_of
from authberry.graph.context.context import ONE_CREDENTIAL, Context, Info
from authberry.graph.context.external_login import held_at_callback
from authberry.graph.context.hosts import AUTH_KEY, context_of, in_own_context
from authberry.graph.context.origins import media_type
from authberry.graph.context.socket_context import (
    TRY_AGAIN_LATER,
    ConnectionRejected,
    SocketContext,
)

__all__ = [
    "AUTH_KEY",
    "ONE_CREDENTIAL",
    "STREAMED",
    "TRY_AGAIN_LATER",
    "ConnectionRejected",
    "Context",
    "Info",
    "SocketContext",
    "client_of",
    "context_of",
    "held_at_callback",
    "in_own_context",
    "media_type",
]

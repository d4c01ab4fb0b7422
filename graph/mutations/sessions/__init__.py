"""Mutations about sessions: renewing one, and ending them."""

from authberry.graph.mutations.sessions.logout import logout
from authberry.graph.mutations.sessions.refresh_token import refresh_token
from authberry.graph.mutations.sessions.revoke_other_sessions import revoke_other_sessions
from authberry.graph.mutations.sessions.revoke_session import revoke_session

__all__ = [
    "logout",
    "refresh_token",
    "revoke_other_sessions",
    "revoke_session",
]

"""What the API speaks of, as GraphQL types: people, sessions, tokens, security events.

Each is made of a row or of a rule's answer by its `of`, and shows no more of it than its fields.
The types of refusals are in `authberry.graph.errors`.
"""

from authberry.graph.types.accounts import (
    AccountDeleted,
    EmailSent,
    EmailVerified,
    PasswordReset,
)
from authberry.graph.types.scalars import DateTime
from authberry.graph.types.security_events import SecurityEvent, SecurityEventConnection
from authberry.graph.types.sessions import LoggedOut, Session, SessionsRevoked
from authberry.graph.types.tokens import AuthPayload
from authberry.graph.types.users import User

__all__ = [
    "AccountDeleted",
    "AuthPayload",
    "DateTime",
    "EmailSent",
    "EmailVerified",
    "LoggedOut",
    "PasswordReset",
    "SecurityEvent",
    "SecurityEventConnection",
    "Session",
    "SessionsRevoked",
    "User",
]

"""The GraphQL surface, and what a host's schema takes of it.

Its rooms, from the bottom: `types` and `errors`, `context`, `fields`, `execution`, `queries` and
`mutations`, `hosting`, `federation`.
"""

from authberry.graph.context import Context
from authberry.graph.federation import FederatedUser
from authberry.graph.hosting import (
    AuthContext,
    AuthenticatedSubscriptions,
    AuthTypes,
    HasRole,
    IsAuthenticated,
    RecentLogin,
    auth_context,
    auth_types,
    claims,
    login_required,
    viewer,
)
from authberry.graph.mutations import AuthMutation
from authberry.graph.queries import AuthQuery
from authberry.graph.schema import Schema, build_schema, print_sdl
from authberry.graph.types import AuthPayload, Session, User

__all__ = [
    "AuthContext",
    "AuthMutation",
    "AuthPayload",
    "AuthQuery",
    "AuthTypes",
    "AuthenticatedSubscriptions",
    "Context",
    "FederatedUser",
    "HasRole",
    "IsAuthenticated",
    "RecentLogin",
    "Schema",
    "Session",
    "User",
    "auth_context",
    "auth_types",
    "build_schema",
    "claims",
    "login_required",
    "print_sdl",
    "viewer",
]

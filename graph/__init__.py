"""The GraphQL surface, and what a host's schema takes of it."""

from authberry.graph.context import Context
from authberry.graph.federated_user import FederatedUser
from authberry.graph.hosts import AuthContext, auth_context, claims, viewer
from authberry.graph.merging import AuthTypes, auth_types
from authberry.graph.mutations import AuthMutation
from authberry.graph.permissions import HasRole, IsAuthenticated, login_required
from authberry.graph.queries import AuthQuery
from authberry.graph.schema import Schema, build_schema, print_sdl
from authberry.graph.subscriptions import AuthenticatedSubscriptions
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

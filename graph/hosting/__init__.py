"""What a host takes of us into a schema of its own.

Our fields, with its types in the place of ours (`merging`, `type_mapping`); what its context holds
and its resolvers ask (`context`); guards for its own fields (`permissions`, `login_required`); and
subscriptions that know who is connected (`subscriptions`, `sockets`).
"""

from authberry.graph.hosting.context import AuthContext, auth_context, claims, viewer
from authberry.graph.hosting.login_required import login_required
from authberry.graph.hosting.merging import AuthTypes, auth_types
from authberry.graph.hosting.permissions import HasRole, IsAuthenticated, RecentLogin
from authberry.graph.hosting.subscriptions import AuthenticatedSubscriptions

__all__ = [
    "AuthContext",
    "AuthTypes",
    "AuthenticatedSubscriptions",
    "HasRole",
    "IsAuthenticated",
    "RecentLogin",
    "auth_context",
    "auth_types",
    "claims",
    "login_required",
    "viewer",
]

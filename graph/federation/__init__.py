"""The schema as a subgraph of Apollo Federation 2, and `User` as its entity."""

from authberry.graph.federation.federated_user import FederatedUser
from authberry.graph.federation.subgraph import build_subgraph

__all__ = ["FederatedUser", "build_subgraph"]

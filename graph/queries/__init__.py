"""The queries, in the rooms of the rules that they call."""

from authberry.graph.queries.auth_query import AuthQuery

__all__ = ["AuthQuery"]

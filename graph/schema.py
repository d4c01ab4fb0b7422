"""The schema as it is served, built from the lists of its fields."""

import strawberry

from authberry.graph.execution import Schema
from authberry.graph.hosting import auth_types
from authberry.graph.nodes import NODES, NodeQuery
from authberry.graph.types import User

__all__ = ["MUTATION", "QUERY", "Mutation", "Query", "Schema", "build_schema", "print_sdl"]

QUERY = "What the person asking may know."
MUTATION = "Logging in, staying in, getting out."


_OURS = auth_types(user=NODES[User], others=NODES)


@strawberry.type(description=QUERY)
class Query(_OURS.query, NodeQuery):  # type: ignore[misc,name-defined]
    """Our queries and nothing else."""


@strawberry.type(description=MUTATION)
class Mutation(_OURS.mutation):  # type: ignore[misc,name-defined]
    """Our mutations and nothing else."""


def build_schema(*, introspection: bool) -> Schema:
    """Build the schema as the server serves it.

    Args:
        introspection: Whether clients may ask for it.
    """
    return Schema(Query, Mutation, introspection=introspection)


def print_sdl() -> str:
    """Print the schema definition, as it stands in `schema.graphql`."""
    return build_schema(introspection=True).as_str() + "\n"

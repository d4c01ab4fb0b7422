"""The schema as it is served, built from the lists of its fields."""

import strawberry

from authberry.graph.execution import Schema
from authberry.graph.mutations import AuthMutation
from authberry.graph.queries import AuthQuery

__all__ = ["MUTATION", "QUERY", "Mutation", "Query", "Schema", "build_schema", "print_sdl"]

QUERY = "What the person asking may know."
MUTATION = "Logging in, staying in, getting out."


@strawberry.type(description=QUERY)
class Query(AuthQuery):
    """Our queries and nothing else."""


@strawberry.type(description=MUTATION)
class Mutation(AuthMutation):
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

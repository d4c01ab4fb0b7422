"""The schema as a subgraph of Apollo Federation 2; see docs/federation.md."""

import strawberry
from strawberry.relay import PageInfo

from authberry.graph.errors import InvalidInput, TooManyAttempts
from authberry.graph.federation.entities import FederatedSchema, FederationQueries
from authberry.graph.federation.federated_user import FederatedUser
from authberry.graph.hosting import auth_types
from authberry.graph.schema import MUTATION, QUERY
from authberry.graph.strawberry_internals import definition_of

VERSION = "2.0"
"""Of the specification: the first has all that we say, and every composition knows it."""

SHARED = (InvalidInput, TooManyAttempts, PageInfo)
"""What any service may have to answer with. The other types are ours alone."""


def _shareable(ours: type) -> type:
    """The same type, which another subgraph may define as well."""
    definition = definition_of(ours)
    return strawberry.federation.type(
        type(ours.__name__, (ours,), {}),
        name=definition.name,
        description=definition.description,
        shareable=True,
    )


_OURS = auth_types(user=FederatedUser, others={ours: _shareable(ours) for ours in SHARED})


@strawberry.type(description=QUERY)
class Query(_OURS.query, FederationQueries):  # type: ignore[misc,name-defined]
    """Our queries, and those of gateways."""


@strawberry.type(description=MUTATION)
class Mutation(_OURS.mutation):  # type: ignore[misc,name-defined]
    """Our mutations, with `User` as an entity."""


def build_subgraph(*, introspection: bool) -> FederatedSchema:
    """Build the schema as the server serves it to a gateway.

    Args:
        introspection: Whether clients may ask for it by introspection, too.
    """
    return FederatedSchema(Query, Mutation, introspection=introspection, federation_version=VERSION)

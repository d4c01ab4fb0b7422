"""The schema as a subgraph of Apollo Federation 2; see docs/federation.md."""

import asyncio
from functools import cached_property
from typing import Annotated, Any

import strawberry
from strawberry.federation.schema import FederationAny
from strawberry.relay import PageInfo
from strawberry.types.base import StrawberryObjectDefinition

from authberry.errors import OperationTooComplex
from authberry.graph.context import Info
from authberry.graph.errors import InvalidInput, TooManyAttempts
from authberry.graph.federated_user import FederatedUser
from authberry.graph.fields import of_fields, query
from authberry.graph.limits import count_fields
from authberry.graph.merging import auth_types
from authberry.graph.schema import MUTATION, QUERY, Schema

VERSION = "2.0"
"""Of the specification: the first has all that we say, and every composition knows it."""

MAX_ANSWERS = 5_000
"""How many fields of people a request may ask for. It is anybody's: to refuse as many addresses
takes a quarter of a second, and to log somebody in takes a tenth of that."""

SHARED = (InvalidInput, TooManyAttempts, PageInfo)
"""What any service may have to answer with. The other types are ours alone."""


def _shareable(ours: type) -> type:
    """The same type, which another subgraph may define as well."""
    definition: StrawberryObjectDefinition = ours.__strawberry_definition__  # type: ignore[attr-defined]
    return strawberry.federation.type(
        type(ours.__name__, (ours,), {}),
        name=definition.name,
        description=definition.description,
        shareable=True,
    )


Entity = Annotated[
    FederatedUser,
    strawberry.union("_Entity", description="Whatever another subgraph can refer to."),
]


@strawberry.type(name="_Service", description="What this subgraph is made of.")
class Service:
    """The schema definition, for a gateway."""

    sdl: str = strawberry.field(description="The schema definition, with its directives.")


@query(public=True, name="_entities")
async def _entities(info: Info, representations: list[FederationAny]) -> list[Entity | None]:
    """For gateways: the people that other subgraphs refer to, null for each who is not here."""
    operation = info._raw_info.operation  # noqa: SLF001 - Strawberry has no other name for it
    fields = count_fields(operation, info._raw_info.fragments)  # noqa: SLF001 - likewise
    if len(representations) * fields > MAX_ANSWERS:
        message = f"The operation asks for more than {MAX_ANSWERS} fields of people."
        raise OperationTooComplex(message)
    return await asyncio.gather(*(_resolve(info, one) for one in representations))


async def _resolve(info: Info, representation: Any) -> FederatedUser | None:
    match representation:
        case {"__typename": "User", "id": str(id_)}:
            return await FederatedUser.resolve_reference(info, strawberry.ID(id_))
    return None


@query(public=True, name="_service")
async def _service(info: Info) -> Service:
    """For gateways: the schema definition, whether or not introspection is allowed."""
    schema = info.schema
    assert isinstance(schema, FederatedSchema)  # noqa: S101 - no other has this field
    return Service(sdl=schema.sdl)


@of_fields([_entities, _service])
class _Federation:
    """What a gateway asks for."""


_OURS = auth_types(user=FederatedUser, others={ours: _shareable(ours) for ours in SHARED})


@strawberry.type(description=QUERY)
class Query(_OURS.query, _Federation):  # type: ignore[misc,name-defined]
    """Likewise."""


@strawberry.type(description=MUTATION)
class Mutation(_OURS.mutation):  # type: ignore[misc,name-defined]
    """Likewise."""


class FederatedSchema(Schema, strawberry.federation.Schema):
    """A subgraph, run as `Schema` runs its own."""

    @cached_property
    def sdl(self) -> str:
        """The schema definition, printed once: anybody may ask for it."""
        return self.as_str() + "\n"


def build_subgraph(*, introspection: bool) -> FederatedSchema:
    """Build the schema as the server serves it to a gateway.

    Args:
        introspection: Whether clients may ask for it by introspection, too.
    """
    return FederatedSchema(Query, Mutation, introspection=introspection, federation_version=VERSION)

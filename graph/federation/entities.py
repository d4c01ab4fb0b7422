"""What a gateway asks a subgraph for: whom others refer to, and the schema definition."""

import asyncio
from functools import cached_property
from typing import Annotated, Any

import strawberry

from authberry.errors import OperationTooComplex
from authberry.graph.context import Info
from authberry.graph.execution import Schema, count_fields
from authberry.graph.federation.federated_user import FederatedUser
from authberry.graph.fields import query, type_with_fields
from authberry.graph.strawberry_internals import FederationAny, fragments_of

MAX_ANSWERS = 5_000
"""How many fields of people a request may ask for. It is anybody's: to refuse as many addresses
takes a quarter of a second, and to log somebody in takes a tenth of that."""


class FederatedSchema(Schema, strawberry.federation.Schema):
    """A subgraph, run as `Schema` runs its own."""

    @cached_property
    def sdl(self) -> str:
        """The schema definition, printed once: anybody may ask for it."""
        return self.as_str() + "\n"


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
    fields = count_fields(info.operation, fragments_of(info))
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


@type_with_fields([_entities, _service])
class FederationQueries:
    """What a gateway asks for."""

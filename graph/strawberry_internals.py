"""What we use of Strawberry and graphql-core that is private there, or in no document of theirs.

The rest of `authberry.graph` goes through this module, so that a new version is compared with one
file. `tests/house/test_strawberry_internals.py` holds each thing to what is said of it here.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from enum import EnumMeta
from functools import wraps
from typing import Any, TypeVar, cast

import strawberry
from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLNamedType,
    GraphQLOutputType,
    GraphQLSchema,
)
from strawberry.annotation import StrawberryAnnotation
from strawberry.execution.is_awaitable import optimized_is_awaitable
from strawberry.extensions import FieldExtension
from strawberry.federation.schema import FederationAny
from strawberry.http import GraphQLRequestData
from strawberry.schema.base import BaseSchema
from strawberry.schema.exceptions import InvalidOperationTypeError
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.subscriptions.protocols.graphql_transport_ws.handlers import (
    BaseGraphQLTransportWSHandler,
)
from strawberry.subscriptions.protocols.graphql_transport_ws.types import (
    ConnectionInitMessage,
    PingMessage,
)
from strawberry.subscriptions.protocols.graphql_ws.handlers import BaseGraphQLWSHandler
from strawberry.subscriptions.protocols.graphql_ws.types import (
    ConnectionInitMessage as LegacyConnectionInitMessage,
)
from strawberry.types import ExecutionContext
from strawberry.types.base import StrawberryObjectDefinition, has_object_definition
from strawberry.types.field import StrawberryField
from strawberry.utils.await_maybe import await_maybe

__all__ = [
    "EXECUTION_LOGGER",
    "READ_FROM",
    "SUGGESTION",
    "TOKEN_LIMIT_REACHED",
    "BaseGraphQLTransportWSHandler",
    "BaseGraphQLWSHandler",
    "ConnectionInitMessage",
    "FederationAny",
    "GraphQLRequestData",
    "InvalidOperationTypeError",
    "LegacyConnectionInitMessage",
    "PingMessage",
    "annotation_of",
    "annotation_of_answer",
    "await_maybe",
    "class_of",
    "core_schema",
    "definition_of",
    "describe_values",
    "extensions_of",
    "fragments_of",
    "has_object_definition",
    "look_at_errors",
    "mark_one_of",
    "optimized_is_awaitable",
    "replace_annotation",
    "replace_inherited_field",
    "return_type_of",
    "with_context",
]
# Of those that are handed on as they are:
# - optimized_is_awaitable: what graphql-core asks of each value, several times faster.
# - await_maybe: waits for a result of graphql-core that may be there already.
# - InvalidOperationTypeError: what Strawberry's views expect from `Schema.execute`.
# - FederationAny: the scalar `_Any`, which Strawberry's federated schema declares.
# - has_object_definition: whether a class is an object type, which no public function says.
# - GraphQLRequestData: what a view hands to `execute_operation`; we read and replace `protocol`.
# - the handlers and messages of WebSockets: the only place where a token can be taken from one.

READ_FROM = {"strawberry-graphql": "0.341.2", "graphql-core": "3.3.2"}
"""The versions that this was read from, by distribution."""

EXECUTION_LOGGER = "strawberry.execution"
"""The logger to which every schema of Strawberry's writes the errors of its clients."""

SUGGESTION = " Did you mean"
"""How graphql-core begins a suggestion at the end of a message."""

TOKEN_LIMIT_REACHED = "Parsing aborted."
"""How graphql-core ends the message about too many tokens, which has no class of its own."""

E = TypeVar("E", bound=EnumMeta)


def definition_of(cls: type) -> StrawberryObjectDefinition:
    """Say what Strawberry knows of an object type: its name, its description, its fields."""
    return cast("StrawberryObjectDefinition", cls.__strawberry_definition__)  # type: ignore[attr-defined]


def describe_values(enum: E, description: str, values: Mapping[str, str]) -> None:
    """Make a Python enum a GraphQL enum with a description for each name.

    Strawberry takes descriptions of values inside the class only, and ours are rules' own enums.
    """
    declared: Any = strawberry.enum(enum, description=description)
    for value in declared.__strawberry_definition__.values:
        value.description = values[value.name]


def core_schema(schema: strawberry.Schema) -> GraphQLSchema:
    """Return graphql-core's schema, which `Schema` runs operations on by itself."""
    return schema._schema  # noqa: SLF001 - see above


def mark_one_of(schema: GraphQLSchema) -> None:
    """Let graphql-core know which inputs are `@oneOf`: its rules then refuse any other literal.

    Strawberry has a rule of its own instead, which is not among those of graphql-core, and fails
    where a variable is not declared.
    """
    for kind in schema.type_map.values():
        if isinstance(kind, GraphQLInputObjectType):
            definition = kind.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
            kind.is_one_of = bool(definition and definition.is_one_of)


def look_at_errors(
    look: Callable[[GraphQLError, GraphQLSchema, DocumentNode | None], None],
) -> None:
    """Show the errors of every operation to `look`, in every schema, before any log or client.

    Each way to run an operation hands its errors to `_process_errors`, and sends them afterwards.
    """
    process = BaseSchema._process_errors  # noqa: SLF001 - see above

    @wraps(process)
    def look_and_process(
        self: BaseSchema,
        errors: list[GraphQLError],
        execution_context: ExecutionContext | None = None,
    ) -> None:
        document = execution_context.graphql_document if execution_context else None
        if isinstance(self, strawberry.Schema):
            for error in errors:
                look(error, core_schema(self), document)
        process(self, errors, execution_context)

    BaseSchema._process_errors = look_and_process  # type: ignore[method-assign]  # noqa: SLF001


def class_of(kind: GraphQLNamedType) -> type:
    """Return the class that a GraphQL object type was made of."""
    return cast("type", kind.extensions[GraphQLCoreConverter.DEFINITION_BACKREF].origin)


def extensions_of(field: GraphQLField) -> Sequence[FieldExtension]:
    """Return the extensions of a field, from graphql-core's side; its own fields have none."""
    definition: StrawberryField | None = field.extensions.get(
        GraphQLCoreConverter.DEFINITION_BACKREF
    )
    return definition.extensions if definition else ()


def return_type_of(info: strawberry.Info[Any, Any]) -> GraphQLOutputType:
    """Return graphql-core's type of the field: a host may have replaced the types of a union."""
    return info._raw_info.return_type  # noqa: SLF001 - see above


def fragments_of(info: strawberry.Info[Any, Any]) -> Mapping[str, FragmentDefinitionNode]:
    """Return the fragments of the document; Strawberry itself shows only the operation."""
    return info._raw_info.fragments  # noqa: SLF001 - see above


def with_context(info: strawberry.Info[Any, Any], context: object) -> strawberry.Info[Any, Any]:
    """Return the same info with another context, which Strawberry has no way to replace."""
    return replace(info, _raw_info=info._raw_info._replace(context=context))  # noqa: SLF001


def annotation_of(field: StrawberryField) -> Any:
    """Return the annotation that a field was declared with."""
    return field.type_annotation and field.type_annotation.annotation


def annotation_of_answer(field: StrawberryField) -> Any:
    """Return what the resolver of a field is annotated to answer with."""
    annotation = field.base_resolver and field.base_resolver.type_annotation
    return annotation and annotation.annotation


def replace_annotation(field: StrawberryField, annotation: object) -> None:
    """Let a field have another type than its resolver says."""
    field.type_annotation = StrawberryAnnotation(annotation)


def replace_inherited_field(cls: type, field: StrawberryField) -> None:
    """Let types that inherit from a class inherit this field in the place of the one it has.

    Strawberry collects inherited fields from the dataclass; its schema for federation inherits from
    every Query, to add fields of its own.
    """
    held: dict[str, Any] = cls.__dataclass_fields__  # type: ignore[attr-defined]
    original = held.get(str(field.python_name))
    if original is not None and original is not field:
        made: Any = field
        made.name, made._field_type = original.name, original._field_type  # noqa: SLF001 - as dataclasses make it
        held[original.name] = field

"""What Strawberry and graphql-core keep private, and we use all the same, is as it was read.

Each test looks at one thing of `graph/strawberry_internals.py` in a schema of its own, and says in
a sentence what a new version has changed.
"""

import importlib
import inspect
import logging
import re
from collections.abc import Callable
from enum import Enum
from pathlib import Path
from types import ModuleType
from typing import Annotated, Any

import graphql
import pytest
import strawberry
from library_internals import Internals
from strawberry.asgi import GraphQL
from strawberry.extensions import FieldExtension
from strawberry.schema import BaseSchema
from strawberry.types.field import StrawberryField
from strawberry.types.graphql import OperationType

MODULE = Path(__file__).parents[2] / "graph/strawberry_internals.py"
USED = Internals(MODULE, {"strawberry": "strawberry-graphql", "graphql": "graphql-core"})
unchanged = USED.unchanged


@pytest.fixture
def internals() -> ModuleType:
    """The module; imported late, so that what is missing is named by its own test."""
    with unchanged("all that we import of Strawberry is there"):
        return importlib.import_module("authberry.graph.strawberry_internals")


class Marker(FieldExtension):
    """An extension that does nothing."""

    async def resolve_async(
        self, next_: Callable[..., Any], source: Any, info: strawberry.Info, **kwargs: Any
    ) -> Any:
        """Resolve as without it."""
        return await next_(source, info, **kwargs)


@strawberry.type(description="A fruit that is sour.")
class Lemon:
    """One of two."""

    weight: int = strawberry.field(description="In grams.")


@strawberry.type
class Plum:
    """The other."""

    is_ripe: bool = True


Fruit = Annotated[Lemon | Plum, strawberry.union("Fruit")]
seen: list[strawberry.Info] = []


@strawberry.type
class Query:
    """With one field of each kind that is looked at."""

    @strawberry.field(extensions=[Marker()])  # type: ignore[untyped-decorator]
    async def fruit(self, info: strawberry.Info) -> Fruit:
        """Answer with a fruit, and keep what is said of the field."""
        seen.append(info)
        return Lemon(weight=90)


@pytest.mark.parametrize(("module", "name"), USED.imported())
def test_what_is_imported_is_there(module: str, name: str) -> None:
    """Under its name, in its module."""
    with unchanged(f"{module} has {name}"):
        getattr(importlib.import_module(module), name)


def test_the_versions_that_were_read_are_those_that_are_locked(internals: ModuleType) -> None:
    """Whoever takes a new version reads anew, and says so."""
    lock = (MODULE.parents[1] / "requirements/runtime.txt").read_text("utf-8")
    for name, read in internals.READ_FROM.items():
        assert f"\n{name}=={read} " in lock, f"Read {MODULE.name} anew: {name} is no longer {read}."


def test_a_type_says_what_it_was_declared_with(internals: ModuleType) -> None:
    """Its name, its description, its fields in order, and the annotation of each."""
    with unchanged("a type keeps its declaration in __strawberry_definition__"):
        definition = internals.definition_of(Lemon)
        (weight,) = definition.fields
        assert (definition.name, definition.description) == ("Lemon", "A fruit that is sour.")
        assert weight.python_name == "weight"
        assert weight.description == "In grams."
        assert internals.has_object_definition(Lemon)
        assert not internals.has_object_definition(int)
    with unchanged("a field keeps the annotation it was declared with"):
        assert internals.annotation_of(weight) is int


def test_values_of_an_enum_can_be_described_from_outside(internals: ModuleType) -> None:
    """And the description is printed."""

    class Colour(Enum):
        RED = 1

    internals.describe_values(Colour, "What it looks like.", {"RED": "As a cherry."})

    @strawberry.type
    class Painted:
        colour: Colour

    with unchanged("the values of an enum can be described after it was declared"):
        printed = strawberry.Schema(Painted).as_str()
        assert '"""What it looks like."""' in printed
        assert '"""As a cherry."""\n  RED' in printed


def test_graphql_core_s_schema_leads_back_to_ours(internals: ModuleType) -> None:
    """From its types to the classes, and from its fields to their extensions."""
    with unchanged("a schema keeps graphql-core's own in _schema"):
        core = internals.core_schema(strawberry.Schema(Query))
        assert isinstance(core, graphql.GraphQLSchema)
    with unchanged("graphql-core's types and fields refer to Strawberry's definitions"):
        assert internals.class_of(core.type_map["Lemon"]) is Lemon
        assert core.query_type
        (extension,) = internals.extensions_of(core.query_type.fields["fruit"])
        assert isinstance(extension, Marker)


async def test_errors_are_shown_before_any_log_or_client(
    internals: ModuleType, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Those of parsing, of validation, of variables and of resolvers; with the document, if any."""
    monkeypatch.setattr(BaseSchema, "_process_errors", BaseSchema._process_errors)
    shown: list[tuple[object, bool]] = []

    def look(error: graphql.GraphQLError, core: object, document: object) -> None:
        shown.append((core, document is not None))
        error.message = "seen"

    internals.look_at_errors(look)
    schema = strawberry.Schema(Query)
    core = internals.core_schema(schema)
    with unchanged("the errors of each operation go through _process_errors, before all else"):
        for document, has_document in (
            ("{", False),
            ("{ nothing }", True),
            ("query($a: Boolean!) { fruit @skip(if: $a) { __typename } }", True),
        ):
            shown.clear()
            result = await schema.execute(document)
            assert {error.message for error in result.errors or ()} == {"seen"}
            assert set(shown) == {(core, has_document)}
        shown.clear()
        result = schema.execute_sync("{ nothing }")
        assert [error.message for error in result.errors or ()] == ["seen"]
        assert "nothing" not in "".join(record.getMessage() for record in caplog.records)


async def test_info_holds_graphql_core_s(internals: ModuleType) -> None:
    """With the type of the field and the fragments; its context can be replaced."""
    seen.clear()
    document = "{ fruit { ...F } } fragment F on Lemon { weight }"
    result = await strawberry.Schema(Query).execute(document, context_value="theirs")
    assert result.data == {"fruit": {"weight": 90}}
    (info,) = seen
    with unchanged("info keeps graphql-core's own in _raw_info"):
        union = graphql.get_named_type(internals.return_type_of(info))
        assert isinstance(union, graphql.GraphQLUnionType)
        assert list(internals.fragments_of(info)) == ["F"]
        replaced = internals.with_context(info, "ours")
        assert (replaced.context, info.context) == ("ours", "theirs")
        assert replaced.field_name == "fruit"


async def test_a_field_takes_another_annotation(internals: ModuleType) -> None:
    """Than its resolver has."""
    (field,) = internals.definition_of(Query).fields
    with unchanged("a resolver says what it answers with in type_annotation"):
        assert internals.annotation_of_answer(field) == Fruit

    async def count() -> int:
        return 1

    made: StrawberryField = strawberry.field(count)
    internals.replace_annotation(made, str)

    @strawberry.type
    class Other:
        number = made

    with unchanged("a field's own annotation counts for more than its resolver's"):
        assert "number: String!" in strawberry.Schema(Other).as_str()


def test_a_field_that_is_replaced_is_inherited(internals: ModuleType) -> None:
    """By every type that is made of the class afterwards."""

    @strawberry.type
    class Base:
        @strawberry.field
        async def fruit(self) -> int:
            return 1

    (field,) = internals.definition_of(Base).fields
    guarded = field.__copy__()
    guarded.extensions.append(Marker())
    internals.replace_inherited_field(Base, guarded)

    @strawberry.type
    class Derived(Base):
        pass

    with unchanged("inherited fields are collected from __dataclass_fields__"):
        core = internals.core_schema(strawberry.Schema(Derived))
        (extension,) = internals.extensions_of(core.query_type.fields["fruit"])
        assert isinstance(extension, Marker)


async def test_what_may_be_waited_for_is_told_from_what_is_there(internals: ModuleType) -> None:
    """By both functions that `Schema` runs operations with."""

    async def later() -> int:
        return 2

    waiting = later()
    with unchanged("optimized_is_awaitable tells awaitables from values"):
        assert internals.optimized_is_awaitable(waiting)
        assert not internals.optimized_is_awaitable(1)
        assert not internals.optimized_is_awaitable(Lemon(weight=1))
    with unchanged("await_maybe takes both"):
        assert await internals.await_maybe(waiting) == 2
        assert await internals.await_maybe(1) == 1


async def test_an_operation_of_a_type_that_is_not_allowed_is_refused(internals: ModuleType) -> None:
    """With the error that Strawberry's views make a 400 of."""
    schema = strawberry.Schema(Query)
    allowed = [OperationType.MUTATION]
    with (
        unchanged("Schema.execute raises InvalidOperationTypeError"),
        pytest.raises(internals.InvalidOperationTypeError),
    ):
        await schema.execute("{ __typename }", allowed_operation_types=allowed)


async def test_errors_of_clients_are_written_to_one_log(
    internals: ModuleType, caplog: pytest.LogCaptureFixture
) -> None:
    """As errors of GraphQL, which the filter of `authberry.graph.fields` writes in other words."""
    with caplog.at_level(logging.ERROR, logger=internals.EXECUTION_LOGGER):
        await strawberry.Schema(Query).execute("{ nothing }")
    with unchanged(f"Strawberry logs errors to {internals.EXECUTION_LOGGER!r}"):
        (record,) = caplog.records
        assert "nothing" not in record.getMessage()


def test_graphql_core_says_it_in_these_words(internals: ModuleType) -> None:
    """That a field may have been meant, and that there are too many tokens."""
    core = internals.core_schema(strawberry.Schema(Query))
    with unchanged(f"a suggestion begins with {internals.SUGGESTION!r}"):
        (error,) = graphql.validate(core, graphql.parse("{ fruitt }"))
        assert error.message.partition(internals.SUGGESTION)[2] == " 'fruit'?"
    with unchanged(f"too many tokens end with {internals.TOKEN_LIMIT_REACHED!r}"):
        with pytest.raises(graphql.GraphQLSyntaxError) as raised:
            graphql.parse("{ a b c d }", max_tokens=3)
        assert raised.value.message.endswith(internals.TOKEN_LIMIT_REACHED)


def test_the_scalar_of_entities_is_declared_by_the_federated_schema(internals: ModuleType) -> None:
    """As `_Any`, whoever defines `_entities`."""

    @strawberry.type
    class Entities:
        @strawberry.field
        async def found(self, of: internals.FederationAny) -> int:  # type: ignore[name-defined]  # noqa: ARG002 - printed
            return 1

    with unchanged("FederationAny is the scalar _Any"):
        schema = internals.core_schema(strawberry.federation.Schema(Entities))
        assert str(schema.query_type.fields["found"].args["of"].type) == "_Any!"


HANDLERS = {
    "BaseGraphQLTransportWSHandler": [
        *("handle", "handle_connection_init", "handle_ping", "cleanup_operation"),
        *("self.connection_init_received", "self.connection_acknowledged", "self.operations"),
        *("self.websocket", "self.context"),
    ],
    "BaseGraphQLWSHandler": [
        *("handle", "handle_connection_init", "cleanup", "self.websocket", "self.context"),
    ],
}


@pytest.mark.parametrize("name", HANDLERS)
def test_a_handler_of_web_sockets_has_what_ours_uses(internals: ModuleType, name: str) -> None:
    """Methods that we override or call, and attributes that its constructor sets."""
    handler = getattr(internals, name)
    for part in HANDLERS[name]:
        if part.startswith("self."):
            with unchanged(f"{name} sets {part}"):
                source = inspect.getsource(handler.__init__)
                assert re.search(rf"{re.escape(part)}(: [^=]+)? = ", source)
        else:
            with unchanged(f"{name} has an asynchronous method {part}"):
                assert inspect.iscoroutinefunction(getattr(handler, part))


def test_a_view_is_made_of_the_parts_that_ours_replaces(internals: ModuleType) -> None:
    """Its handlers, its check of the origin, and what it hands to `execute_operation`."""
    with unchanged("a view names its handlers, and asks itself whether an origin is allowed"):
        for name in ("graphql_transport_ws_handler_class", "graphql_ws_handler_class"):
            assert hasattr(GraphQL, name)
        asked = inspect.signature(GraphQL.is_websocket_origin_allowed).parameters
        assert list(asked) == ["self", "request", "origin"]
    with unchanged("execute_operation is handed request and request_data by name"):
        given = inspect.signature(GraphQL.execute_operation).parameters
        assert {"request", "request_data"} <= set(given)
        request_data = internals.GraphQLRequestData("{ a }", None, "A", None, protocol="sse")
        assert (request_data.query, request_data.operation_name) == ("{ a }", "A")


def test_what_is_one_of_several_is_marked_for_graphql_core(internals: ModuleType) -> None:
    """Strawberry leaves that to a rule of its own, which is run in its own way only."""

    @strawberry.input(one_of=True)
    class Choice:
        weight: strawberry.Maybe[int]
        name: strawberry.Maybe[str]

    @strawberry.input
    class Both:
        weight: int

    @strawberry.type
    class Query:
        @strawberry.field
        def pick(self, choice: Choice, both: Both) -> int:
            return both.weight if choice.weight is None else choice.weight.value

    schema = internals.core_schema(strawberry.Schema(Query))
    with unchanged("Strawberry says which inputs are `@oneOf`"):
        internals.mark_one_of(schema)
        assert schema.type_map["Choice"].is_one_of
        assert not schema.type_map["Both"].is_one_of
    document = graphql.parse("{ pick(choice: {weight: 1, name: null}, both: {weight: 1}) }")
    with unchanged("graphql-core refuses what is not one of its fields"):
        assert len(graphql.validate(schema, document)) == 1

"""The schema: what the code prints, what is written down, what was promised."""

from collections.abc import Iterator
from pathlib import Path

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    build_schema,
    find_breaking_changes,
    print_ast,
)

from authberry.graph import print_sdl

ROOT = Path(__file__).parents[2]
WRITTEN = (ROOT / "schema.graphql").read_text(encoding="utf-8")
CONTRACT = Path(__file__).with_name("contract.graphql").read_text(encoding="utf-8")


def facts(schema: GraphQLSchema) -> Iterator[str]:
    """All a client could rely on, a line each."""
    for name, kind in schema.type_map.items():
        yield f"{type(kind).__name__} {name}"
        match kind:
            case GraphQLEnumType():
                yield from (f"{name}.{value}" for value in kind.values)
            case GraphQLUnionType():
                yield from (f"{name} = {member}" for member in kind.types)
            case GraphQLObjectType() | GraphQLInterfaceType():
                yield from (f"{name} implements {interface}" for interface in kind.interfaces)
                for field_name, field in kind.fields.items():
                    yield f"{name}.{field_name}: {field.type}"
                    yield from (f"{name}.{field_name}({fact})" for fact in arguments(field))


def arguments(field: GraphQLField) -> Iterator[str]:
    """An argument with its type, and what it is when it is left out."""
    for name, argument in field.args.items():
        default = argument.ast_node and argument.ast_node.default_value
        yield f"{name}: {argument.type} = {print_ast(default) if default else 'absent'}"


def test_schema_graphql_is_what_the_code_prints() -> None:
    """After a change to the schema: `nox -s format`."""
    assert print_sdl() == WRITTEN


def test_the_contract_is_kept() -> None:
    """Every type, field, argument, default, value and member is there, exactly as promised."""
    assert set(facts(build_schema(CONTRACT))) - set(facts(build_schema(WRITTEN))) == set()


def test_nothing_beyond_the_contract_gets_in_a_client_s_way() -> None:
    """What there is more of asks nothing of a client that knows the contract only."""
    assert find_breaking_changes(build_schema(CONTRACT), build_schema(WRITTEN)) == []

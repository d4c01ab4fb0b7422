"""Who may use which field: a walk over the schema as it is served."""

import re
from collections.abc import Iterator

import pytest
import strawberry
from browser import Browser, codes
from graphql import (
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLObjectType,
    get_named_type,
    is_introspection_type,
    is_leaf_type,
    is_non_null_type,
    is_required_argument,
)
from rows import everything
from starlette.requests import Request
from starlette.responses import Response
from strawberry.tools import create_type
from strawberry.types import ExecutionResult

from authberry import Auth, Issued
from authberry.graph import Context, build_schema, print_sdl
from authberry.graph.context import Info
from authberry.graph.fields import GuardExtension, query
from authberry.graph.strawberry_internals import core_schema, extensions_of

SCHEMA = core_schema(build_schema(introspection=True))
PUBLIC = {
    "register",
    "login",
    "refreshToken",
    "logout",
    "requestPasswordReset",
    "resetPassword",
    "requestEmailVerification",
    "verifyEmail",
    "confirmEmailChange",
    "undoEmailChange",
    "requestLoginLink",
    "loginWithLink",
    "beginPasskeyLogin",
    "loginWithPasskey",
    "completeLogin",
    "completePasswordReset",
    "requestFactorReset",
    "confirmFactorReset",
}
EITHER = {
    "beginTotpEnrollment",
    "confirmTotpEnrollment",
    "beginPasskeyRegistration",
    "finishPasskeyRegistration",
    "cancelFactorReset",
}
"""Public, since a ticket or a mailed token opens them; without one they ask who it is."""
CREDENTIAL = (PUBLIC | EITHER) - {"beginPasskeyLogin"} | {
    "changePassword",
    "requestEmailChange",
    "deleteAccount",
    "reauthenticate",
    "regenerateRecoveryCodes",
}


def root_fields() -> Iterator[tuple[str, str, GraphQLField]]:
    """Every field that a request can begin with."""
    for kind, root in (
        ("query", SCHEMA.query_type),
        ("mutation", SCHEMA.mutation_type),
        ("subscription", SCHEMA.subscription_type),
    ):
        for name, field in root.fields.items() if root else ():
            yield kind, name, field


FIELDS = list(root_fields())
NAMES = [name for _, name, _ in FIELDS]


def guards(field: GraphQLField) -> list[GuardExtension]:
    """What stands before a field's resolver."""
    return [one for one in extensions_of(field) if isinstance(one, GuardExtension)]


def test_every_root_field_has_exactly_one_guard() -> None:
    """A field declared past `query` and `mutation` would have none."""
    assert [name for _, name, field in FIELDS if len(guards(field)) != 1] == []


def test_exactly_these_fields_are_public() -> None:
    """Whoever adds one writes it here, and says why."""
    assert {name for _, name, field in FIELDS if guards(field)[0].public} == PUBLIC | EITHER


def test_exactly_these_fields_take_or_give_a_secret() -> None:
    """A request holds one of them: see `test_limits`."""
    assert {name for _, name, field in FIELDS if guards(field)[0].credential} == CREDENTIAL


def operation(kind: str, name: str, field: GraphQLField) -> str:
    """Ask for a field, with some value for whatever it requires."""
    values = {
        "String": '"x"',
        "ID": '"x"',
        "Boolean": "true",
        "JSON": "{}",
        "Proof": '{password: "x"}',
    }
    arguments = ", ".join(
        f"{argument}: {values[get_named_type(definition.type).name]}"
        for argument, definition in field.args.items()
        if is_required_argument(definition)
    )
    selection = "" if is_leaf_type(get_named_type(field.type)) else " { __typename }"
    return f"{kind} {{ {name}{f'({arguments})' if arguments else ''}{selection} }}"


@pytest.mark.parametrize(("kind", "name", "field"), FIELDS, ids=NAMES)
async def test_a_guarded_field_is_refused_to_strangers(
    auth: Auth, browser: Browser, issued: Issued, kind: str, name: str, field: GraphQLField
) -> None:
    """Asked for real, on whichever path, with a bad token or none."""
    before = await everything(auth)
    for token in (None, "garbage"):
        response = await browser.ask(operation(kind, name, field), token=token)
        if name in PUBLIC:
            assert "UNAUTHENTICATED" not in codes(response)
        else:
            assert codes(response) == ["UNAUTHENTICATED"]
            nothing = None if is_non_null_type(field.type) else {name: None}
            assert response.json()["data"] == nothing
    after = await everything(auth)
    if name in PUBLIC:  # of which some have a mail queued, whatever the address is
        del before["OutboxMessage"], after["OutboxMessage"]
    assert after == before


AROUND = [
    "{ a: me { id } b: sessions { id } }",
    "{ ...F } fragment F on Query { me { id } session { id } }",
    "{ ... on Query { me { id } } __typename session { id } }",
]


async def test_no_spelling_leads_around_a_guard(
    browser: Browser, issued: Issued, subtests: pytest.Subtests
) -> None:
    """The guard is on the field, not on the document."""
    for document in AROUND:
        with subtests.test(document):
            response = await browser.ask(document)
            assert codes(response) == ["UNAUTHENTICATED"] * 2
            assert set(response.json()["data"].values()) <= {None, "Query"}


@query()
async def unchecked(info: Info) -> str:
    """A field whose resolver asks for nobody: somebody forgot."""
    return "a secret"


@query(public=True)
async def failing(info: Info) -> str:
    """A field that fails with an unexpected error."""
    raise ZeroDivisionError("of a private nature")


async def test_guard_and_mask_travel_with_a_field_into_any_schema(
    auth: Auth, issued: Issued
) -> None:
    """A host merges our fields into a schema that is only Strawberry's own."""
    schema = strawberry.Schema(create_type("Query", [unchecked, failing]))

    async def ask(field: str, token: str = "") -> ExecutionResult:
        headers = [(b"authorization", f"Bearer {token}".encode())]
        request = Request({"type": "http", "method": "POST", "headers": headers, "client": None})
        context = Context(auth, request, Response())
        result = await schema.execute(f"{{ {field} }}", context_value=context)
        assert isinstance(result, ExecutionResult)
        return result

    refused = await ask("unchecked")
    assert refused.data is None
    assert [(error.extensions or {})["code"] for error in refused.errors or []] == [
        "UNAUTHENTICATED"
    ]
    assert (await ask("unchecked", issued.access_token.value)).data == {"unchecked": "a secret"}
    masked = await ask("failing")
    assert "private" not in str(masked.errors)
    assert [(error.extensions or {})["code"] for error in masked.errors or []] == [
        "INTERNAL_SERVER_ERROR"
    ]


def outputs() -> Iterator[str]:
    """Every field that an answer can hold."""
    for name, kind in SCHEMA.type_map.items():
        if isinstance(kind, GraphQLObjectType) and not is_introspection_type(kind):
            if kind in {SCHEMA.query_type, SCHEMA.mutation_type}:
                continue
            yield from (f"{name}.{field}" for field in kind.fields)


def test_no_answer_holds_a_secret_of_the_database() -> None:
    """Answers are types of their own, and no row leaves whole."""
    listed = list(outputs())
    assert "AuthPayload.accessToken" in listed
    suspect = re.compile("hash|secret|password|generation|revoked|transport", re.IGNORECASE)
    found = [name for name in listed if suspect.search(name.partition(".")[2])]
    assert found == ["TotpEnrollment.secret"]  # which is stored once it was shown and proved
    assert sorted(name for name in listed if "token" in name.partition(".")[2].lower()) == [
        "AuthPayload.accessToken",
        "AuthPayload.refreshToken",
        "AuthPayload.tokenType",
    ]


def test_everything_a_frontend_developer_sees_is_described() -> None:
    """GraphiQL shows it: these descriptions are the first documentation."""
    bare = [
        name
        for name, kind in SCHEMA.type_map.items()
        if not kind.description and not is_introspection_type(kind)
    ]
    bare += [f"{kind}.{name}" for kind, name, field in FIELDS if not field.description]
    assert [name for name in bare if not name.endswith("Result")] == []


def test_there_are_no_subscriptions_and_one_input_object() -> None:
    """Every operation is a request with an answer; arguments are flat, but for one of several."""
    assert SCHEMA.subscription_type is None
    inputs = [kind for kind in SCHEMA.type_map.values() if isinstance(kind, GraphQLInputObjectType)]
    assert [kind.name for kind in inputs] == ["Proof"]
    assert "input Proof @oneOf {" in print_sdl()

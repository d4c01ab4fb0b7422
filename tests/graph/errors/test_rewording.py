"""No message repeats a value that was sent, whatever library wrote it and whatever schema it is."""

import asyncio
import logging
from collections.abc import Iterator
from typing import Any, NewType

import pytest
import strawberry
from browser import Browser
from documents import LOGIN
from graphql import (
    GraphQLError,
    GraphQLNamedType,
    GraphQLSchema,
    get_named_type,
    is_leaf_type,
    is_required_argument,
)
from hosts import INTEGRATIONS, host
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from log_lines import LogLines
from sockets import LEGACY_WS, TRANSPORT_WS, Socket
from starlette.applications import Starlette
from starlette.routing import Mount
from strawberry.schema.config import StrawberryConfig

from authberry import Auth
from authberry.graph import AuthMutation, AuthQuery, build_schema
from authberry.graph.errors import reword
from authberry.graph.execution.documents import DocumentCache
from authberry.graph.fields import credential_fields
from authberry.graph.strawberry_internals import core_schema

SENT = "73195482"
LITERALS = (SENT, f"7.{SENT}", f"[{SENT}]", f"{{a: {SENT}}}", f"M{SENT}", f"$M{SENT}")
VALUES: tuple[Any, ...] = (int(SENT), 7.73195482, [int(SENT)], {"a": SENT}, {SENT: True})
OURS: GraphQLSchema = core_schema(build_schema(introspection=False))
PLAIN = strawberry.Schema(AuthQuery, AuthMutation)

Request = dict[str, Any]


def fields() -> Iterator[tuple[str, str, str, GraphQLNamedType]]:
    """Every argument of every root field: the operation, the field, the argument, its type."""
    for operation, root in (("query", OURS.query_type), ("mutation", OURS.mutation_type)):
        assert root
        for name, field in root.fields.items():
            for argument, declared in field.args.items():
                yield operation, name, argument, declared.type


def call(operation: str, name: str, argument: str, value: str) -> str:
    """A call of a field with this text for one argument, and a harmless one for the others."""
    root = OURS.query_type if operation == "query" else OURS.mutation_type
    assert root
    field = root.fields[name]
    arguments = {one: '"x"' for one, of in field.args.items() if is_required_argument(of)}
    text = ", ".join(f"{one}: {is_}" for one, is_ in {**arguments, argument: value}.items())
    selection = "" if is_leaf_type(get_named_type(field.type)) else " { __typename }"
    return f"{{ {name}({text}){selection} }}"


def requests() -> Iterator[tuple[str, Request]]:
    """A wrong value for each argument there is, as each kind of literal and as a variable."""
    for operation, name, argument, kind in fields():
        for literal in LITERALS:
            yield name, {"query": f"{operation} {call(operation, name, argument, literal)}"}
        for value in VALUES:
            document = f"{operation}($v: {kind}) {call(operation, name, argument, '$v')}"
            yield name, {"query": document, "variables": {"v": value}}
        document = f"{operation}($v: {kind} = {SENT}.5) {call(operation, name, argument, '$v')}"
        yield name, {"query": document}


BROKEN = [
    f'mutation {{ login(email: "a", password: "{SENT}) {{ __typename }} }}',
    f'mutation {{ login(email: "a", password: "x"{SENT}") {{ __typename }} }}',
    f'mutation {{ login(email: "a", password: "x"M{SENT}"y") {{ __typename }} }}',
    f'mutation {{ login(email: "a", password "{SENT}") {{ __typename }} }}',
    f'mutation {{ login(email: "a", password: """{SENT}) {{ __typename }} }}',
    f"mutation {{ login(email: \"a\", password: '{SENT}') {{ __typename }} }}",
    f'mutation {{ login(email: "a", password: 0{SENT}) {{ __typename }} }}',
    f'mutation {{ login(email: "a", M{SENT}: "b") {{ __typename }} }}',
    f'mutation {{ login(email: "a", M{SENT}: "b", M{SENT}: "c") {{ __typename }} }}',
    f'mutation {{ login(email: "a", password: "\\u{SENT}\\uzzzz") {{ __typename }} }}',
    f'mutation($p: String! = $M{SENT}) {{ login(email: "a", password: $p) {{ __typename }} }}',
]


def few() -> list[Request]:
    """What is no value of a field that takes a secret, and what is no document."""
    secret = credential_fields(OURS)
    wrong = [request for name, request in requests() if name in secret]
    return [*wrong, *({"query": query} for query in BROKEN)]


async def repeating(browser: Browser, wrong: list[Request]) -> list[str]:
    """Send them all; returns the answers that repeat a value."""
    answers = [(await browser.send(json=request)).text for request in wrong]
    assert sum("errors" in answer for answer in answers) > len(answers) * 0.9  # an id may be 7
    return [answer for answer in answers if SENT in answer]


async def test_no_answer_and_no_line_of_the_log_repeats_a_value(
    app: Starlette, log: LogLines
) -> None:
    """Of any argument of any field, in a literal, in a variable, in a document that is broken."""
    log.start()
    wrong = [request for _, request in requests()]
    assert await repeating(Browser(app), [*wrong, *few()]) == []
    takes_nothing = {"regenerateRecoveryCodes"}
    assert {name for name, _ in requests()} >= credential_fields(OURS) - takes_nothing
    assert len(credential_fields(OURS)) >= 12
    assert SENT not in log.text


async def test_nor_does_it_below_a_path(app: Starlette) -> None:
    """Mounted in a host's application."""
    mounted = Starlette(routes=[Mount("/auth", app)])
    assert await repeating(Browser(mounted, url="http://127.0.0.1:8000/auth"), few()) == []


@pytest.mark.one_process("the host holds one Auth")
@pytest.mark.parametrize("integration", INTEGRATIONS)
async def test_nor_does_it_in_a_host_s_schema(
    auth: Auth, integration: str, caplog: pytest.LogCaptureFixture
) -> None:
    """That is only Strawberry's own, and has no line for it; nor does Strawberry's log."""
    caplog.set_level(logging.INFO)
    assert await repeating(Browser(host(integration, PLAIN, auth)), few()) == []
    said = [record for record in caplog.records if record.name == "strawberry.execution"]
    assert said
    assert not [record for record in said if SENT in record.getMessage() + str(record.exc_info)]


@pytest.mark.one_process("the host holds one Auth")
@pytest.mark.parametrize("protocol", [TRANSPORT_WS, LEGACY_WS])
async def test_nor_does_it_over_a_socket(auth: Auth, protocol: str) -> None:
    """In either protocol."""
    begin = "subscribe" if protocol == TRANSPORT_WS else "start"
    app = host("asgi", PLAIN, auth)
    for request in few():
        async with Socket(app, protocol=protocol) as socket:
            await socket.connect()
            await socket.send(id="ask", type=begin, payload=request)
            answer: Any = {"type": ""}
            while isinstance(answer, dict) and answer["type"] not in {"error", "complete"}:
                answer = await socket.receive()
                assert SENT not in str(answer)  # the reason of a close among them


async def test_a_message_says_where_and_what_was_expected(browser: Browser) -> None:
    """Since it must not say what was found."""
    for request, message, column in (
        ({"query": 'mutation { login(email: "a", password: 5) { __typename } }'},
         "The value of 'password' is not of the type 'String!'.", 40),
        ({"query": 'mutation { login(email: "a", password: ["b"]) { __typename } }'},
         "The value of 'password' is not of the type 'String!'.", 40),
        ({"query": "mutation { logout(refreshToken: 5) { __typename } }"},
         "The value of 'refreshToken' is not of the type 'String'.", 33),
        ({"query": LOGIN, "variables": {"email": "a", "password": 5}},
         "The value of '$password' is not of the type 'String!'.", None),
        ({"query": LOGIN, "variables": {"email": "a"}},
         ("Variable '$password' has invalid value:"
          " Expected a value of non-null type 'String!' to be provided."), None),
        ({"query": 'mutation { login(email: "a", password: $b) { __typename } }'},
         "Variable '...' is not defined.", 40),
        ({"query": 'mutation { login(email: "a" password "b") { __typename } }'},
         "Syntax Error: Expected ':', found String.", 38),
        ({"query": "{ me { nmae } }"}, "Cannot query field 'nmae' on type 'User'.", 8),
    ):  # fmt: skip
        (error,) = (await browser.send(json=request)).json()["errors"]
        assert error["message"].partition(" Did you mean")[0] == message
        if column is not None:
            assert error["locations"][0]["column"] == column


def refuse(value: str) -> int:
    """Parse nothing."""
    raise ValueError(f"{value} is no colour")


Colour = NewType("Colour", int)
COLOUR = strawberry.scalar(name="Colour", parse_value=refuse)


@pytest.mark.one_process("the host holds one Auth")
async def test_a_scalar_of_a_host_s_that_quotes_is_not_repeated(auth: Auth) -> None:
    """Which nobody of the libraries has written."""

    @strawberry.type
    class Query(AuthQuery):
        @strawberry.field
        def paint(self, colour: Colour) -> str:
            return f"never {colour}"

    config = StrawberryConfig(scalar_map={Colour: COLOUR})
    schema = strawberry.Schema(Query, AuthMutation, config=config)
    browser = Browser(host("asgi", schema, auth))
    for request in (
        {"query": f'{{ paint(colour: "{SENT}") }}'},
        {"query": "query($c: Colour!) { paint(colour: $c) }", "variables": {"c": SENT}},
    ):
        response = await browser.send(json=request)
        assert "is not of the type 'Colour!'" in response.text
        assert SENT not in response.text


@pytest.mark.one_process("the host holds one Auth")
async def test_what_a_host_s_resolver_says_stays_as_it_is(auth: Auth) -> None:
    """It is the host's, and may quote."""

    @strawberry.type
    class Query(AuthQuery):
        @strawberry.field
        def shop(self) -> str:
            raise GraphQLError("There is no shop 'on the hill', found: 'nothing'.")

    browser = Browser(host("asgi", strawberry.Schema(Query, AuthMutation), auth))
    (error,) = (await browser.ask("{ shop }")).json()["errors"]
    assert error["message"] == "There is no shop 'on the hill', found: 'nothing'."


TOKENS = st.sampled_from(
    ["{", "}", "(", ")", ":", "$", "@", "!", "...", "[", "]", "=", "|", "&", '"', '"""', "\\", "\n",
     "login", "password", "email", "mutation", "query", "on", "fragment", "5", "true", "null"]
)  # fmt: skip
TEXTS = st.lists(st.one_of(TOKENS, st.just(f'"{SENT}"'), st.just(SENT)), max_size=12)


@given(before=TEXTS, after=TEXTS, quoted=st.booleans())
@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow])
def test_a_value_anywhere_in_any_document_never_comes_back(
    before: list[str], after: list[str], *, quoted: bool
) -> None:
    """Strings, numbers and names in their place, however broken what is around them."""
    inner = f'"{SENT}"' if quoted else f"M{SENT}"
    document = (
        'mutation { login(email: "a", password: '
        + " ".join([*before, inner, *after])
        + ") { __typename } }"
    )
    theirs = [error.message for error in asyncio.run(PLAIN.execute(document)).errors or ()]
    assert not [message for message in (*theirs, *_checked(document)) if SENT in message]


def _checked(document: str) -> list[str]:
    """What our own schema says of a document before it runs."""
    try:
        return [
            error.message
            for error in DocumentCache(introspection=True).check(OURS, document).errors
        ]
    except GraphQLError as error:
        return [error.message]


def test_an_error_that_is_not_of_the_document_stays_as_it_is() -> None:
    """As one that a rule of ours has worded."""
    error = GraphQLError("The operation has more than 30 'aliases'.")
    reword(error, OURS, None)
    assert error.message == "The operation has more than 30 'aliases'."

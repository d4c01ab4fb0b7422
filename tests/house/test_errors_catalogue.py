"""`docs/errors.md` has every refusal that the code has, and no other."""

import inspect
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from enum import Enum
from http import HTTPStatus
from pathlib import Path
from typing import Any, get_type_hints

from error_messages import Unknown, calls, message_position, refusals
from graphql import GraphQLError, GraphQLObjectType, GraphQLUnionType, get_named_type
from starlette.responses import Response
from strawberry.types import ExecutionResult

from authberry.errors import AuthError, ErrorCode, Unauthenticated, UnauthenticatedReason
from authberry.graph import build_schema
from authberry.graph.context import ConnectionRejected
from authberry.graph.errors import Error, as_error, masked
from authberry.graph.execution.limits import _REFUSALS, LIMITS
from authberry.graph.strawberry_internals import core_schema
from authberry.server.graphql_over_http.media_types import GRAPHQL_RESPONSE, JSON
from authberry.server.graphql_over_http.results import PARTIAL_SUCCESS, write_result
from authberry.server.http import health
from authberry.server.verify import refusals as verifying

PAGE = (Path(__file__).parents[2] / "docs/errors.md").read_text("utf-8")

REFUSALS = refusals()
OF_A_FIELD = UnauthenticatedReason.STEP_UP_REQUIRED  # of a token that is good
REASONS = [Unauthenticated(reason) for reason in UnauthenticatedReason if reason is not OF_A_FIELD]
OAUTH = ("server/oauth/client_credentials.py", "server/oauth/endpoints.py")
FOR_BOTH = "server/http/request_body.py"  # a body is read by every endpoint that takes one

# What only running tells. Each is one that is collected elsewhere, or all that it can be.
OF_A_LIMIT = {refusal.format(getattr(LIMITS, name)) for name, refusal in _REFUSALS.items()}
WORKED_OUT = {
    ("graph/execution/limits.py", "refusal.format(limit)"): OF_A_LIMIT,
    ("server/http/errors.py", "error.detail"): set(),  # of an HTTPException
    ("server/graphql_over_http/endpoint.py", "str(refusal)"): set(),  # of a Malformed
    ("server/process/protocol.py", "message"): set(),  # of its own `_refuse`
}
# Starlette's own words for what no route takes, and uvicorn's for what is no HTTP.
OF_LIBRARIES = {
    (status.value, status.phrase)
    for status in (HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED)
} | {(400, "Invalid HTTP request received.")}


def table(heading: str, column: str) -> list[list[str]]:
    """The rows of the table under a heading that begins with this column, without their marks."""
    section = PAGE.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    lines = section.partition(f"\n| {column} |")[2].partition("\n\n")[0].splitlines()[2:]
    assert lines, f"There is no table {column!r} under {heading!r}."
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def plain(cell: str) -> str:
    """A cell that is code as a whole, without its marks."""
    return cell.strip(" `")


def words(cell: str) -> set[str]:
    """What is code in a cell."""
    return set(re.findall(r"`([^`]+)`", cell))


def compare(listed: Iterable[object], told: Iterable[object]) -> None:
    """Fail with what the page lacks, with what it should not have, or with what it has twice."""
    on_page, in_code = Counter(listed), set(told)
    differences = [
        *(f"missing from the page: {one}" for one in in_code - on_page.keys()),
        *(f"not in the code: {one}" for one in on_page.keys() - in_code),
        *(f"twice on the page: {one}" for one, times in on_page.items() if times > 1),
    ]
    assert not differences, "\n".join(sorted(differences))


# Codes


def code_rows() -> dict[str, list[str]]:
    """The table of codes."""
    return {plain(row[0]): row for row in table("Codes", "Code")}


def test_every_code_is_there_once() -> None:
    """And none that there is not."""
    listed = [plain(row[0]) for row in table("Codes", "Code")]
    compare(listed, ErrorCode.__members__)


def test_each_code_says_whose_data_it_can_be() -> None:
    """By the unions of the schema."""
    schema = core_schema(build_schema(introspection=False))
    mutation = schema.mutation_type
    assert mutation
    data: dict[str, set[str]] = {code: set() for code in ErrorCode.__members__}
    codes = {kind.__name__: error.code.name for error, kind in Error.of.items()}
    for name, field in mutation.fields.items():
        union = get_named_type(field.type)
        if isinstance(union, GraphQLUnionType):
            for member in union.types:
                if member.name in codes:
                    data[codes[member.name]].add(name)
    told = {(code, name) for code, fields in data.items() for name in fields}
    compare(((code, name) for code, row in code_rows().items() for name in words(row[1])), told)


def examples() -> Iterator[AuthError]:
    """One refusal of each kind, made of whatever its arguments can be."""
    usual: dict[object, object] = {
        str: "x",
        int: 1,
        bool: False,
        list[str]: [],
        str | None: "aal2",
        int | None: 300,  # of a login that is not enough
    }
    for kind in REFUSALS.values():
        hints = get_type_hints(kind.__init__)
        required = [
            name
            for name, parameter in inspect.signature(kind).parameters.items()
            if parameter.default is parameter.empty
        ]
        arguments: list[Any] = [
            next(iter(hint)) if isinstance(hint, type) and issubclass(hint, Enum) else usual[hint]
            for hint in (hints[name] for name in required)
        ]
        if hasattr(kind, "message") or required:
            yield kind(*arguments)


def test_each_code_says_what_comes_with_it() -> None:
    """As fields of its type, or in its extensions."""
    found: dict[str, set[str]] = {code: set() for code in ErrorCode.__members__}
    types = core_schema(build_schema(introspection=False)).type_map
    for error in examples():
        declared = Error.of.get(type(error))
        kind = types[declared.__name__] if declared else None
        fields = set(kind.fields) if isinstance(kind, GraphQLObjectType) else set()
        extensions = set(as_error(error).extensions or ())
        found[error.code.name] |= (fields | extensions) - {"code", "message"}
    fault = masked(ZeroDivisionError(), "0123")
    found["INTERNAL_SERVER_ERROR"] |= set(fault.extensions or ()) - {"code"}
    told = {(code, name) for code, names in found.items() for name in names}
    compare(((code, name) for code, row in code_rows().items() for name in words(row[4])), told)


def status_of(media_type: str, error: GraphQLError, data: object = None) -> int:
    """What the endpoint makes of an error, in a media type."""
    response = Response()
    write_result(response, ExecutionResult(data=data, errors=[error]), media_type)  # type: ignore[arg-type]
    return response.status_code


def test_each_code_that_a_request_can_end_with_has_the_status_it_gets() -> None:
    """In either media type; and what is of a field has that of a field."""
    for code, row in code_rows().items():
        error = GraphQLError("x", extensions={"code": code})
        expected = f"{status_of(JSON, error)} / {status_of(GRAPHQL_RESPONSE, error)}"
        assert row[3] == (expected if "a request" in row[2] else ""), code
    field = GraphQLError("x", path=["me"])
    statuses = [str(status_of(kind, field, {"me": None})) for kind in (JSON, GRAPHQL_RESPONSE)]
    assert ["a field's error, beside `data`", *statuses] in table(
        "Statuses of GraphQL answers", "Outcome"
    )
    assert statuses == ["200", str(PARTIAL_SUCCESS)]


def test_every_reason_of_unauthenticated_is_there() -> None:
    """With its message."""
    listed = [(plain(row[0]), row[1]) for row in table("Reasons of UNAUTHENTICATED", "Reason")]
    compare(listed, {(reason.name, reason.value) for reason in UnauthenticatedReason})


# Messages


def said() -> Iterator[tuple[str, str]]:
    """Every message of every refusal, with its code."""
    for kind in REFUSALS.values():
        if hasattr(kind, "message"):
            yield kind.code.name, kind.message
    for call in calls(*REFUSALS):
        kind = REFUSALS[call.name]
        at = message_position(kind)
        if at is None or len(call.arguments) <= at:
            continue
        message = call.arguments[at]
        if isinstance(message, Unknown):
            for one in WORKED_OUT[call.file, message.source]:
                yield kind.code.name, one
        else:
            yield kind.code.name, str(message)
    # An error that is no refusal is a fault.
    yield "INTERNAL_SERVER_ERROR", masked(ZeroDivisionError(), None).message
    for call in calls("GraphQLError"):
        if isinstance(call.arguments[0], str):
            yield "INTERNAL_SERVER_ERROR", call.arguments[0]


def test_every_message_is_there_and_every_one_that_is_there_is_said() -> None:
    """Under its code, to the letter; numbers are those of the limits."""
    listed = [(plain(row[0]), row[1]) for row in table("Messages", "Code")]
    compare(listed, said())


def test_every_reason_of_a_weak_password_is_there() -> None:
    """Likewise."""
    reasons = set()
    for call in calls("WeakPassword"):
        if call.file != "graph/errors/translation.py":
            (made,) = call.arguments
            assert isinstance(made, Unknown | list)
            reasons |= set(made.texts if isinstance(made, Unknown) else made)
    compare((row[0] for row in table("Messages", "Reason")), reasons)


# Transport


OF_FRAMEWORKS = {"server/routes/fastapi.py", "server/verify/fastapi.py"}
"""Which hand on what is said elsewhere, in FastAPI's form."""


def malformed() -> Iterator[tuple[str, object, object]]:
    """Every request that is none: the file that says so, the status, the message."""
    for call in calls("Malformed", "HTTPException"):
        if call.file not in OF_FRAMEWORKS and len(call.arguments) > 1:
            yield call.file, call.arguments[0], call.arguments[1]
    for call in calls("_refuse"):
        status, message, *_ = *call.arguments, None
        if isinstance(status, HTTPStatus) and isinstance(message, str):
            yield call.file, status.value, message
    for status, message in OF_LIBRARIES:
        yield "server/http/errors.py", status, message


def test_every_request_that_is_none_is_there() -> None:
    """With the status that it gets, and the message."""
    listed = [(int(row[0]), row[1]) for row in table("Requests that are none", "Status")]
    there = {(status, message) for file, status, message in malformed() if file not in OAUTH}
    compare(listed, there)


def test_every_refusal_of_the_oauth_endpoints_is_there() -> None:
    """With the status, the error and the description."""
    listed = [
        (int(row[0]), plain(row[1]), row[2])
        for row in table("Introspection and revocation", "Status")
    ]
    told: set[tuple[object, object, object]] = {
        (status, "invalid_request", message)
        for file, status, message in malformed()
        if file in (*OAUTH, FOR_BOTH)
    }
    unavailable = REFUSALS["ServiceUnavailable"].message
    for call in calls("_error"):
        status, error, *_ = call.arguments
        match error:
            case "invalid_client":
                told |= {(status, error, of.arguments[0]) for of in calls("InvalidClient")}
            case "temporarily_unavailable":
                told.add((status, error, unavailable))
            case _:
                assert error == "invalid_request"
    compare(listed, told)


def test_every_refusal_of_a_verifier_is_there() -> None:
    """With its status and its header."""
    told = set()
    for error in examples():
        for one in REASONS if type(error) is Unauthenticated else [error]:
            if one.code.name not in {"UNAUTHENTICATED", "FORBIDDEN", "SERVICE_UNAVAILABLE"}:
                continue
            facts = verifying.extensions(one)
            if facts.get("reason") == "SESSION_REVOKED":
                continue  # of which a verifier without a database knows nothing
            name = f"`{facts['code']}`"
            if "reason" in facts:
                name += f", reason `{facts['reason']}`"
            ((header, value),) = verifying.headers(one).items()
            told.add((str(verifying.status(one)), name, f"`{header}: {value}`"))
    compare(map(tuple, table("Services that verify", "Status")), told)


def test_every_way_a_socket_is_closed_is_there() -> None:
    """With its code and its reason."""
    told = {call.arguments for call in calls("ConnectionRejected")}
    missing = UnauthenticatedReason.TOKEN_MISSING  # a socket may be anonymous
    refusals = [one for one in REASONS if one.reason is not missing]
    refusals.append(Unauthenticated(UnauthenticatedReason.SESSION_REVOKED, is_renewed=True))
    for rejected in map(ConnectionRejected.for_refusal, refusals):
        told.add((rejected.code, rejected.reason))
    listed = [(int(row[0]), plain(row[1])) for row in table("Subscriptions", "Close code")]
    compare(listed, told)


def test_every_reason_for_not_being_ready_is_there() -> None:
    """Likewise."""
    reasons = set(re.findall(r'"reason": "([^"]+)"', inspect.getsource(health)))
    compare((plain(row[0]) for row in table("Health", "Reason")), reasons)


def test_the_list_of_what_only_running_tells_is_not_longer_than_it_must_be() -> None:
    """Nor shorter, of which the tests above would stumble."""
    found = {
        (call.file, argument.source)
        for call in calls(*REFUSALS)
        if (at := message_position(REFUSALS[call.name])) is not None
        for argument in call.arguments[at : at + 1]
        if isinstance(argument, Unknown)
    }
    assert found == WORKED_OUT.keys()

"""The result of an operation as an HTTP answer: its status and its body."""

import json
from typing import Any

import orjson
from graphql import GraphQLError
from starlette.datastructures import MutableHeaders
from starlette.responses import Response
from strawberry.types import ExecutionResult

from authberry.errors import ErrorCode, UnauthenticatedReason
from authberry.server.graphql_over_http.media_types import GRAPHQL_RESPONSE
from authberry.server.verify.refusals import step_up_challenge

PARTIAL_SUCCESS = 294
_REQUEST_ERROR_STATUS = {
    ErrorCode.GRAPHQL_VALIDATION_FAILED.value: 422,
    ErrorCode.OPERATION_TOO_COMPLEX.value: 422,
    ErrorCode.SERVICE_UNAVAILABLE.value: 503,
    ErrorCode.INTERNAL_SERVER_ERROR.value: 500,
}


def write_result(response: Response, result: ExecutionResult, media_type: str) -> None:
    """Put the result into the response, whose headers resolvers may have written already."""
    errors = result.errors or []
    body: dict[str, Any] = {"errors": [error.formatted for error in errors]} if errors else {}
    # Nothing was executed: then `data` is not null but absent.
    is_request_error = result.data is None and all(error.path is None for error in errors)
    if not is_request_error:
        body["data"] = result.data
    if media_type == GRAPHQL_RESPONSE and errors:
        response.status_code = _status(errors[0]) if is_request_error else PARTIAL_SUCCESS
    elif is_request_error and _status(errors[0]) >= 500:  # noqa: PLR2004
        response.status_code = _status(errors[0])
    if errors and not any((result.data or {}).values()):
        _ask_for_step_up(response, errors)
    response.body = _encode(body)
    MutableHeaders(raw=response.raw_headers)["Content-Length"] = str(len(response.body))


def _ask_for_step_up(response: Response, errors: list[GraphQLError]) -> None:
    """Say in a header as well what a login lacks, where that is the whole answer (RFC 9470)."""
    facts = errors[0].extensions or {}
    if len(errors) > 1 or facts.get("reason") != UnauthenticatedReason.STEP_UP_REQUIRED.name:
        return
    acr = next(iter(facts["acrValues"]), None)
    response.headers["WWW-Authenticate"] = step_up_challenge(acr, facts["maxAge"])


def _encode(body: dict[str, Any]) -> bytes:
    try:
        return orjson.dumps(body)
    except TypeError:  # a message quotes text that is not Unicode, which only an escape can hold
        return json.dumps(body, separators=(",", ":")).encode("ascii")


def _status(error: GraphQLError) -> int:
    code = (error.extensions or {}).get("code")
    return _REQUEST_ERROR_STATUS.get(str(code), 400)

"""GraphQL over HTTP (the specification's first edition, September 2026)."""

import asyncio
import json
from functools import lru_cache
from typing import Any

import orjson
from graphql import GraphQLError
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from strawberry.types import ExecutionResult
from strawberry.types.graphql import OperationType

from authberry import Auth
from authberry.errors import BadRequest, ErrorCode, ServiceUnavailable
from authberry.graph import Context, Schema
from authberry.graph.errors import as_error
from authberry.graph.execution import InvalidOperationTypeError
from authberry.server.graphiql import graphiql
from authberry.server.request_body import GraphQLParameters, Malformed, read_get, read_post
from authberry.tokens import OWS

JSON = "application/json"
GRAPHQL_RESPONSE = "application/graphql-response+json"
OPERATION_TIMEOUT = 10  # seconds

PARTIAL_SUCCESS = 294
_REQUEST_ERROR_STATUS = {
    ErrorCode.GRAPHQL_VALIDATION_FAILED.value: 422,
    ErrorCode.OPERATION_TOO_COMPLEX.value: 422,
    ErrorCode.SERVICE_UNAVAILABLE.value: 503,
    ErrorCode.INTERNAL_SERVER_ERROR.value: 500,
}


class GraphQLEndpoint:
    """Serves one schema: POST always; GET in development, for queries and for GraphiQL."""

    def __init__(self, schema: Schema, auth: Auth) -> None:
        """Serve `schema` with the services of `auth`."""
        self._schema = schema
        self._auth = auth
        self._serves_get = not auth.settings.is_production

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        request = Request(scope, receive)
        try:
            response = await self._answer(request)
        except Malformed as refusal:
            response = _refuse(refusal)
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        if request.method == "POST":
            parameters, allowed = await read_post(request), set(OperationType)
        elif request.method in {"GET", "HEAD"}:
            if _wants_page(request):
                return graphiql(self._auth.settings)
            self._refuse_get_in_production()
            parameters, allowed = read_get(request), {OperationType.QUERY}
        else:
            raise Malformed(405, "Send a POST.")
        media_type = _negotiate(", ".join(request.headers.getlist("accept")))
        response = Response(media_type=f"{media_type}; charset=utf-8")
        result = await self._execute(request, response, parameters, allowed)
        _write(response, result, media_type)
        return response

    async def _execute(
        self,
        request: Request,
        response: Response,
        parameters: GraphQLParameters,
        allowed: set[OperationType],
    ) -> ExecutionResult:
        try:
            async with asyncio.timeout(OPERATION_TIMEOUT):
                return await self._schema.execute(
                    parameters.query,
                    variable_values=parameters.variables,
                    operation_name=parameters.operation_name,
                    context_value=Context(self._auth, request, response),
                    allowed_operation_types=allowed,
                )
        except TimeoutError:
            response.headers["Retry-After"] = str(ServiceUnavailable.retry_after)
            return ExecutionResult(data=None, errors=[as_error(ServiceUnavailable())])
        except InvalidOperationTypeError:
            raise Malformed(405, "A mutation is sent by POST.") from None

    def _refuse_get_in_production(self) -> None:
        if not self._serves_get:
            raise Malformed(405, "Send a POST.")


def _write(response: Response, result: ExecutionResult, media_type: str) -> None:
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
    response.body = _encode(body)
    MutableHeaders(raw=response.raw_headers)["Content-Length"] = str(len(response.body))


def _encode(body: dict[str, Any]) -> bytes:
    try:
        return orjson.dumps(body)
    except TypeError:  # a message quotes text that is not Unicode, which only an escape can hold
        return json.dumps(body, separators=(",", ":")).encode("ascii")


def _status(error: GraphQLError) -> int:
    code = (error.extensions or {}).get("code")
    return _REQUEST_ERROR_STATUS.get(str(code), 400)


def _refuse(refusal: Malformed) -> Response:
    body = {"errors": [as_error(BadRequest(str(refusal))).formatted]}
    headers = {"Allow": "POST"} if refusal.status == 405 else None  # noqa: PLR2004
    return Response(json.dumps(body), refusal.status, headers, JSON)


def _wants_page(request: Request) -> bool:
    """Whether a browser asks for something to look at, rather than for an answer."""
    return "query" not in request.query_params and "text/html" in request.headers.get("accept", "")


@lru_cache
def _negotiate(accept: str) -> str:
    """Choose the media type that the client likes best of the two there are.

    Raises:
        Malformed: 406; it takes neither.
    """
    best, best_quality = "", 0.0
    for media_range in (accept or "*/*").lower().split(","):
        name, *parameters = (part.strip(OWS) for part in media_range.split(";"))
        offered = {JSON: JSON, GRAPHQL_RESPONSE: GRAPHQL_RESPONSE, "*/*": JSON}
        offered["application/*"] = JSON
        quality = _quality(parameters)
        if name in offered and quality > best_quality:
            best, best_quality = offered[name], quality
    if not best:
        raise Malformed(406, f"Answers are {GRAPHQL_RESPONSE} or {JSON}.")
    return best


def _quality(parameters: list[str]) -> float:
    for parameter in parameters:
        if parameter.startswith("q="):
            try:
                return float(parameter[2:])
            except ValueError:
                return 0.0
    return 1.0

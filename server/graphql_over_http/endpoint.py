"""The endpoint: what is done with a request, and what is refused before anything is executed."""

import asyncio
import json
from contextlib import suppress
from typing import TypeAlias

from graphql import GraphQLError
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from strawberry.types import ExecutionResult
from strawberry.types.graphql import OperationType

from authberry import Auth
from authberry.errors import BadRequest, PersistedQueryNotSupported, ServiceUnavailable
from authberry.graph import Context, Schema
from authberry.graph.errors import as_error
from authberry.graph.strawberry_internals import InvalidOperationTypeError
from authberry.server.graphiql import graphiql
from authberry.server.graphql_over_http.media_types import JSON, negotiate
from authberry.server.graphql_over_http.parameters import GraphQLParameters, read_get, read_post
from authberry.server.graphql_over_http.results import write_result
from authberry.server.http import OPERATION_TIMEOUT, Malformed

_Asked: TypeAlias = tuple[GraphQLParameters, tuple[OperationType, ...]]

_ANY = tuple(OperationType)  # no set: members are hashed slowly, and found at once


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
        if request.method in {"GET", "HEAD"} and _wants_page(request):
            has_slash = request.scope["path"].endswith("/")
            return graphiql(self._auth.settings, has_slash=has_slash)
        asked: _Asked | GraphQLError
        try:
            asked = await self._read(request)
        except PersistedQueryNotSupported as refusal:
            asked = as_error(refusal)
        media_type = negotiate(", ".join(request.headers.getlist("accept")))
        response = Response(media_type=f"{media_type}; charset=utf-8")
        if isinstance(asked, GraphQLError):
            result = ExecutionResult(data=None, errors=[asked])
        else:
            result = await self._execute(request, response, *asked)
        write_result(response, result, media_type)
        return response

    async def _read(self, request: Request) -> _Asked:
        """Read what is asked for, and which operations may be asked for so."""
        if request.method == "POST":
            return await read_post(request), _ANY
        if request.method not in {"GET", "HEAD"}:
            raise Malformed(405, "Send a POST.")
        if self._serves_get:
            return read_get(request), (OperationType.QUERY,)
        with suppress(Malformed):
            read_get(request)  # which has another refusal for a hash
        raise Malformed(405, "Send a POST.")

    async def _execute(
        self,
        request: Request,
        response: Response,
        parameters: GraphQLParameters,
        allowed: tuple[OperationType, ...],
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


def _refuse(refusal: Malformed) -> Response:
    body = {"errors": [as_error(BadRequest(str(refusal))).formatted]}
    headers = {"Allow": "POST"} if refusal.status == 405 else None  # noqa: PLR2004
    return Response(json.dumps(body), refusal.status, headers, JSON)


def _wants_page(request: Request) -> bool:
    """Whether a browser asks for something to look at, rather than for an answer."""
    return "query" not in request.query_params and "text/html" in request.headers.get("accept", "")

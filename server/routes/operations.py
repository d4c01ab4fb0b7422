"""GraphQL for a form: a route runs an operation of our schema, and its answer gets the cookies.

A page without JavaScript logs somebody in with it, and logs them out; there is no second request.
The rules are those of the endpoint: the guards of the fields, the limits of a document, one secret
a request, the counts and the log. Where the request comes from is asked by the rule of routes.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from strawberry.types import ExecutionResult
from strawberry.types.graphql import OperationType

from authberry.errors import ServiceUnavailable
from authberry.graph import build_schema
from authberry.graph.context import (
    SAFE_METHODS,
    RecordedResponse,
    Settable,
    connection_of,
    context_of_route,
)
from authberry.server.http import OPERATION_TIMEOUT
from authberry.server.routes.guard import Guard
from authberry.server.routes.refusal import as_auth_error

R = TypeVar("R", bound=Settable)


@dataclass(frozen=True, slots=True)
class Done:
    """What an operation has come to."""

    data: dict[str, Any]
    """By field, as in the JSON of the endpoint."""
    _recorded: RecordedResponse = field(repr=False)

    @property
    def answer(self) -> Any:
        """What its one root field has answered."""
        (answer,) = self.data.values()
        return answer

    def onto(self, response: R) -> R:
        """Put the cookies and headers of all operations of the request onto the route's answer."""
        return self._recorded.put_onto(response)


class Operations:
    """Runs operations for the requests of a host's routes."""

    def __init__(self, asking: Guard) -> None:
        """Build the schema; refuse as `asking` does."""
        self._asking = asking
        self._schema = build_schema(introspection=False)

    async def execute(
        self, request: Any, document: str, variables: Mapping[str, Any] | None = None
    ) -> Done:
        """Run one operation, as whoever asks; refusals that its union declares are data.

        Args:
            request: Of the route, of whatever framework.
            document: A constant of yours, never something that was sent.
            variables: What was sent. What does not fit is refused with 400.

        Raises:
            Refusal: the operation ended in an error; as the framework has refusals. Whoever has to
                log in for it is led to where people do.
            InvalidOperationTypeError: it changes something, and the request is a GET, as any link
                or picture of another site makes one.
        """
        connection = connection_of(request)
        context = context_of_route(self._asking.auth, connection.scope)
        is_safe = connection.scope["method"] in SAFE_METHODS
        try:
            async with asyncio.timeout(OPERATION_TIMEOUT):
                result: ExecutionResult = await self._schema.execute(
                    document,
                    variable_values=dict(variables or {}),
                    context_value=context,
                    allowed_operation_types=[OperationType.QUERY] if is_safe else OperationType,
                )
        except TimeoutError:
            self._asking.refuse(connection, ServiceUnavailable())
        if result.errors:
            self._asking.refuse(connection, as_auth_error(result.errors[0]))
        assert isinstance(context.response, RecordedResponse)  # noqa: S101 - of a route
        return Done(result.data or {}, context.response)

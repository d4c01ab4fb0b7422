"""How mutations end, counted where the client's answer is known."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from graphql import GraphQLError
from strawberry.extensions import FieldExtension

from authberry.errors import ErrorCode
from authberry.graph.context import Info
from authberry.graph.errors import Error

OK = "OK"


class CountedField(FieldExtension):
    """Counts how a field ended: `OK`, or the code of its refusal, be that data or an error."""

    async def resolve_async(
        self, next_: Callable[..., Awaitable[Any]], source: Any, info: Info, **kwargs: Any
    ) -> Any:
        """Resolve the field, and count."""
        outcome = ErrorCode.INTERNAL_SERVER_ERROR.value
        try:
            answer = await next_(source, info, **kwargs)
            outcome = answer.code.value if isinstance(answer, Error) else OK
        except asyncio.CancelledError:  # it took too long
            outcome = ErrorCode.SERVICE_UNAVAILABLE.value
            raise
        except GraphQLError as error:
            outcome = str((error.extensions or {}).get("code", outcome))
            raise
        finally:
            info.context.auth.metrics.operation(info.field_name, outcome)
        return answer

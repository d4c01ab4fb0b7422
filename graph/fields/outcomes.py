"""How a field ended, in one word."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from graphql import GraphQLError
from strawberry.extensions import FieldExtension

from authberry.errors import ErrorCode
from authberry.graph.context import Info, context_of
from authberry.graph.errors import Error

OK = "OK"


def outcome_of(end: object) -> str:
    """`OK`, or the code of a refusal, be that data or an error."""
    match end:
        case Error():
            return end.code.value
        case GraphQLError(extensions={"code": code}):
            return str(code)
        case asyncio.CancelledError():  # it took too long
            return ErrorCode.SERVICE_UNAVAILABLE.value
        case BaseException():
            return ErrorCode.INTERNAL_SERVER_ERROR.value
        case _:
            return OK


class OutcomeCounter(FieldExtension):
    """Counts how a field ends, around whatever translates its refusals."""

    async def resolve_async(
        self, next_: Callable[..., Awaitable[Any]], source: Any, info: Info, **kwargs: Any
    ) -> Any:
        """Resolve the field, and count."""
        end: object = None
        try:
            end = await next_(source, info, **kwargs)
        except BaseException as error:
            end = error
            raise
        finally:
            context_of(info.context).auth.metrics.operation(info.field_name, outcome_of(end))
        return end

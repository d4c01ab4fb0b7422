"""What a rule raised, as a client gets it.

What no rule raised on purpose is logged and masked: a client learns the request id, no more.
"""

from typing import Any

import strawberry
from graphql import GraphQLError, GraphQLUnionType, get_named_type

from authberry import errors
from authberry.errors import AuthError, ErrorCode
from authberry.graph.errors.codes import MASKED
from authberry.graph.errors.types import Error
from authberry.graph.strawberry_internals import class_of, return_type_of
from authberry.models.event_logger import event_logger

logger = event_logger("authberry.graph")


def as_data(error: AuthError, info: strawberry.Info[Any, Any]) -> Error | None:
    """Return the refusal as its GraphQL type, where the field's union has that type."""
    declared = Error.of.get(type(error))
    union = get_named_type(return_type_of(info))
    if declared is None or not isinstance(union, GraphQLUnionType):
        return None
    for member in union.types:
        kind = class_of(member)
        if issubclass(kind, declared):  # or the type that a host has in its place
            return kind(code=error.code, message=str(error), **declared.facts(error))
    return None


def as_error(error: AuthError) -> GraphQLError:
    """Return the refusal for the `errors` of the response."""
    extensions: dict[str, Any] = {"code": error.code.value}
    if isinstance(error, errors.Unauthenticated):
        extensions["reason"] = error.reason.name
    if isinstance(error, errors.StepUpRequired):
        extensions["acrValues"] = [error.acr] if error.acr else []
        extensions["maxAge"] = error.max_age
    if isinstance(error, errors.InvalidInput):
        extensions["field"] = error.field
    if isinstance(error, errors.TooManyAttempts | errors.ServiceUnavailable):
        extensions["retryAfter"] = error.retry_after
    return GraphQLError(str(error), extensions=extensions)


def masked(error: BaseException, request_id: str | None) -> GraphQLError:
    """Log what nobody foresaw, and return what a client may know of it."""
    logger.error("unexpected error", exc_info=error, extra={"request_id": request_id})
    code = ErrorCode.INTERNAL_SERVER_ERROR.value
    return GraphQLError(MASKED, extensions={"code": code, "requestId": request_id})

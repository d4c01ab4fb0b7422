"""Refusals as GraphQL: as data where a union declares them, else as errors with a code.

What no rule raised on purpose is logged and masked: a client learns the request id, no more.
"""

import inspect
import logging
from typing import Any, ClassVar

import strawberry
from graphql import GraphQLError, GraphQLUnionType, get_named_type
from strawberry.schema.schema_converter import GraphQLCoreConverter

from authberry import errors
from authberry.errors import AuthError, ErrorCode

logger = logging.getLogger("authberry.graph")

MASKED = "Something went wrong here. The request id finds it in the log."
_WITHOUT_ERROR = {
    "GRAPHQL_PARSE_FAILED": "The document is not GraphQL.",
    "GRAPHQL_VALIDATION_FAILED": "The document does not fit the schema.",
    "INTERNAL_SERVER_ERROR": MASKED,
}


def _explain_codes() -> None:
    """Make the catalogue a GraphQL enum, each code explained by the error that carries it."""
    explanations = dict(_WITHOUT_ERROR)
    for error in AuthError.__subclasses__():
        explanations[error.code.name] = inspect.getdoc(error) or ""
    description = "What went wrong, for programs. Data and `extensions.code` use the same words."
    definition: Any = strawberry.enum(ErrorCode, description=description)
    for value in definition.__strawberry_definition__.values:
        value.description = explanations[value.name]


_explain_codes()


@strawberry.interface(description="What a mutation answers with when it refuses.")
class Error:
    """A refusal as data."""

    code: ErrorCode = strawberry.field(description="For programs; it never changes.")
    message: str = strawberry.field(description="For people, in English.")

    of: ClassVar[dict[type[AuthError], type["Error"]]] = {}
    """The GraphQL type of each refusal that can be data."""

    @classmethod
    def facts(cls, error: AuthError) -> dict[str, Any]:
        """Read the fields of this type from the error's attributes of the same names."""
        names = set(cls.__annotations__) & set(vars(error))
        return {name: getattr(error, name) for name in names}


def _declare(error: type[AuthError]) -> Any:
    """Make a class the GraphQL type of `error`, which also explains it."""

    def decorate(cls: type[Error]) -> type[Error]:
        declared = strawberry.type(cls, description=inspect.getdoc(error))
        Error.of[error] = declared
        return declared

    return decorate


@_declare(errors.InvalidCredentials)
class InvalidCredentials(Error):
    """See `authberry.errors`, also for those below."""


@_declare(errors.InvalidInput)
class InvalidInput(Error):
    """With the argument it is about."""

    field: str = strawberry.field(description="The argument, as it is spelt here.")


@_declare(errors.EmailTaken)
class EmailTaken(Error):
    """No more to say."""


@_declare(errors.WeakPassword)
class WeakPassword(Error):
    """With what would have to change."""

    reasons: list[str] = strawberry.field(description="Why, a sentence each.")


@_declare(errors.RegistrationClosed)
class RegistrationClosed(Error):
    """No more to say."""


@_declare(errors.RefreshTokenMissing)
class RefreshTokenMissing(Error):
    """No more to say."""


@_declare(errors.RefreshTokenInvalid)
class RefreshTokenInvalid(Error):
    """No more to say."""


@_declare(errors.RefreshTokenExpired)
class RefreshTokenExpired(Error):
    """No more to say."""


@_declare(errors.RefreshTokenReused)
class RefreshTokenReused(Error):
    """No more to say."""


@_declare(errors.SessionRevoked)
class SessionRevoked(Error):
    """No more to say."""


@_declare(errors.SessionNotFound)
class SessionNotFound(Error):
    """No more to say."""


@_declare(errors.EmailNotVerified)
class EmailNotVerified(Error):
    """No more to say."""


@_declare(errors.InvalidToken)
class InvalidToken(Error):
    """No more to say."""


@_declare(errors.TooManyAttempts)
class TooManyAttempts(Error):
    """With the time to wait."""

    retry_after: int = strawberry.field(description="Seconds.")


def as_data(error: AuthError, info: strawberry.Info[Any, Any]) -> Error | None:
    """Return the refusal as its GraphQL type, where the field's union has that type."""
    declared = Error.of.get(type(error))
    union = get_named_type(info._raw_info.return_type)  # noqa: SLF001 - what the schema says
    if declared is None or not isinstance(union, GraphQLUnionType):
        return None
    for member in union.types:
        kind: type[Error] = member.extensions[GraphQLCoreConverter.DEFINITION_BACKREF].origin
        if issubclass(kind, declared):  # or the same in a host's clothes
            return kind(code=error.code, message=str(error), **declared.facts(error))
    return None


def as_error(error: AuthError) -> GraphQLError:
    """Return the refusal for the `errors` of the response."""
    extensions: dict[str, Any] = {"code": error.code.value}
    if isinstance(error, errors.Unauthenticated):
        extensions["reason"] = error.reason.name
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

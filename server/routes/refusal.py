"""Refusals of a route, for any framework: a status, headers, and what programs read."""

from typing import Any

from graphql import GraphQLError
from starlette.exceptions import HTTPException

from authberry.errors import (
    AuthError,
    ErrorCode,
    Forbidden,
    ServiceUnavailable,
    StepUpRequired,
    Unauthenticated,
    UnauthenticatedReason,
)
from authberry.server.verify.refusals import extensions, headers

_STATUS = {
    ErrorCode.UNAUTHENTICATED: 401,
    ErrorCode.FORBIDDEN: 403,
    ErrorCode.CROSS_SITE_REQUEST: 403,
    ErrorCode.TOO_MANY_ATTEMPTS: 429,
    ErrorCode.INTERNAL_SERVER_ERROR: 500,
    ErrorCode.SERVICE_UNAVAILABLE: 503,
}
_WITH_HEADERS = (Unauthenticated, Forbidden, ServiceUnavailable)
SEE_OTHER = 303


class Refusal(HTTPException):
    """What a route answers in the place of what was asked for."""

    def __init__(self, error: AuthError, *, leads_to: str | None = None) -> None:
        """Keep what there is to say.

        Args:
            error: Why.
            leads_to: Where a browser goes on instead, if it is led somewhere.
        """
        said = headers(error) if isinstance(error, _WITH_HEADERS) else {}
        status = _STATUS.get(error.code, 400)
        if leads_to is not None:
            status, said = SEE_OTHER, {"Location": leads_to, "Cache-Control": "no-store"}
        super().__init__(status, str(error), said)
        self.facts: dict[str, Any] = extensions(error)

    @property
    def body(self) -> dict[str, Any]:
        """The answer, in the form that the server's own errors have."""
        return {"errors": [{"message": self.detail, "extensions": self.facts}]}


def as_auth_error(error: GraphQLError) -> AuthError:
    """Return the refusal that an error of an operation was made of."""
    facts = error.extensions or {}
    code = ErrorCode(facts["code"])
    match code, facts.get("reason"):
        case ErrorCode.UNAUTHENTICATED, UnauthenticatedReason.STEP_UP_REQUIRED.name:
            return StepUpRequired(next(iter(facts["acrValues"]), None), facts["maxAge"])
        case ErrorCode.UNAUTHENTICATED, reason:
            return Unauthenticated(UnauthenticatedReason[str(reason)])
        case ErrorCode.FORBIDDEN, _:
            return Forbidden()
        case ErrorCode.SERVICE_UNAVAILABLE, _:
            return ServiceUnavailable()
    other = AuthError(error.message)
    other.code = code
    return other

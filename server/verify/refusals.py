"""Refusals over HTTP, for any framework: a status, headers, and a body like the server's own."""

from typing import Any

from authberry.errors import (
    AuthError,
    Forbidden,
    ServiceUnavailable,
    StepUpRequired,
    Unauthenticated,
    UnauthenticatedReason,
)


def status(error: AuthError) -> int:
    """401 without a good token, 403 without the role, 503 while nothing can be decided."""
    if isinstance(error, ServiceUnavailable):
        return 503
    return 403 if isinstance(error, Forbidden) else 401


def headers(error: AuthError) -> dict[str, str]:
    """What tells a client what to do (RFC 6750, section 3); without a token no error is named."""
    if isinstance(error, ServiceUnavailable):
        return {"Retry-After": str(error.retry_after)}
    challenge = "Bearer"
    if isinstance(error, StepUpRequired):
        challenge = step_up_challenge(error.acr, error.max_age)
    elif isinstance(error, Forbidden):
        challenge = 'Bearer error="insufficient_scope"'
    elif (
        isinstance(error, Unauthenticated)
        and error.reason is not UnauthenticatedReason.TOKEN_MISSING
    ):
        challenge = f'Bearer error="invalid_token", error_description="{error}"'
    return {"WWW-Authenticate": challenge}


def step_up_challenge(acr: str | None, max_age: int | None) -> str:
    """Say what a login lacks (RFC 9470, section 3)."""
    challenge = 'Bearer error="insufficient_user_authentication"'
    if acr is not None:
        challenge += f', acr_values="{acr}"'
    return challenge if max_age is None else f'{challenge}, max_age="{max_age}"'


def extensions(error: AuthError) -> dict[str, Any]:
    """What programs read: the code, and the reason or the seconds after which to ask again."""
    facts: dict[str, Any] = {"code": error.code.value}
    if isinstance(error, Unauthenticated):
        facts["reason"] = error.reason.name
    if isinstance(error, StepUpRequired):
        facts |= {"acrValues": [error.acr] if error.acr else [], "maxAge": error.max_age}
    if isinstance(error, ServiceUnavailable):
        facts["retryAfter"] = error.retry_after
    return facts


def body(error: AuthError) -> dict[str, Any]:
    """The answer, in the form that the server's own errors have."""
    return {"errors": [{"message": str(error), "extensions": extensions(error)}]}

"""Refusals of whoever asks: nobody, with a token that is not good, or without the right."""

from enum import Enum

from authberry.errors.codes import AuthError, ErrorCode


class UnauthenticatedReason(Enum):
    """Why nobody is known to be asking; the client refreshes, or logs in."""

    TOKEN_MISSING = "No access token was sent."
    TOKEN_EXPIRED = "The access token has expired."
    TOKEN_INVALID = "The access token is not valid."
    SESSION_REVOKED = "The session has been ended."
    STEP_UP_REQUIRED = "Prove once more who you are."


class Unauthenticated(AuthError):
    """The field needs somebody, and nobody is known to be asking."""

    code = ErrorCode.UNAUTHENTICATED

    def __init__(self, reason: UnauthenticatedReason, *, is_renewed: bool = False) -> None:
        """Keep the reason, which goes to `extensions.reason`.

        Args:
            reason: Why.
            is_renewed: The session goes on under another id, and whoever renewed it has its token.
        """
        super().__init__(reason.value)
        self.reason = reason
        self.is_renewed = is_renewed


class StepUpRequired(Unauthenticated):
    """The login behind the request is too old, or too weak, for the field (RFC 9470)."""

    def __init__(self, acr: str | None, max_age: int | None) -> None:
        """Keep what the field wants: a level of assurance, and an age in seconds."""
        super().__init__(UnauthenticatedReason.STEP_UP_REQUIRED)
        self.acr = acr
        self.max_age = max_age


class Forbidden(AuthError):
    """The person asking is known and may not."""

    code = ErrorCode.FORBIDDEN
    message = "You may not do this."

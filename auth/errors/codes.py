"""What every refusal has: a code, and a message that tells no more than the code does."""

from enum import Enum


class ErrorCode(Enum):
    """What went wrong, for programs."""

    INVALID_CREDENTIALS = "INVALID_CREDENTIALS"
    INVALID_INPUT = "INVALID_INPUT"
    EMAIL_TAKEN = "EMAIL_TAKEN"
    WEAK_PASSWORD = "WEAK_PASSWORD"
    REGISTRATION_CLOSED = "REGISTRATION_CLOSED"
    REFRESH_TOKEN_MISSING = "REFRESH_TOKEN_MISSING"
    REFRESH_TOKEN_INVALID = "REFRESH_TOKEN_INVALID"
    REFRESH_TOKEN_EXPIRED = "REFRESH_TOKEN_EXPIRED"
    REFRESH_TOKEN_REUSED = "REFRESH_TOKEN_REUSED"
    SESSION_REVOKED = "SESSION_REVOKED"
    SESSION_NOT_FOUND = "SESSION_NOT_FOUND"
    TOO_MANY_ATTEMPTS = "TOO_MANY_ATTEMPTS"
    EMAIL_NOT_VERIFIED = "EMAIL_NOT_VERIFIED"
    INVALID_TOKEN = "INVALID_TOKEN"
    INVALID_PROOF = "INVALID_PROOF"
    PASSKEY_UNKNOWN = "PASSKEY_UNKNOWN"
    FACTOR_NOT_FOUND = "FACTOR_NOT_FOUND"
    LAST_WAY_IN = "LAST_WAY_IN"
    FACTOR_REQUIRED = "FACTOR_REQUIRED"
    TRUSTED_DEVICE_NOT_FOUND = "TRUSTED_DEVICE_NOT_FOUND"

    UNAUTHENTICATED = "UNAUTHENTICATED"
    FORBIDDEN = "FORBIDDEN"
    BAD_REQUEST = "BAD_REQUEST"
    GRAPHQL_PARSE_FAILED = "GRAPHQL_PARSE_FAILED"
    GRAPHQL_VALIDATION_FAILED = "GRAPHQL_VALIDATION_FAILED"
    OPERATION_TOO_COMPLEX = "OPERATION_TOO_COMPLEX"
    PERSISTED_QUERY_NOT_SUPPORTED = "PERSISTED_QUERY_NOT_SUPPORTED"
    CROSS_SITE_REQUEST = "CROSS_SITE_REQUEST"
    SERVICE_UNAVAILABLE = "SERVICE_UNAVAILABLE"
    INTERNAL_SERVER_ERROR = "INTERNAL_SERVER_ERROR"


class AuthError(Exception):
    """A refusal that a client may be told of."""

    code: ErrorCode
    message: str
    session_over = False
    """Whether the session of the presented refresh token is known to be dead, so that its cookie
    may be cleared. Never true of a lost race, a throttle or a fault: the cookie may be alive."""

    def __init__(self, message: str | None = None) -> None:
        """Say `message` instead of the class's own."""
        super().__init__(message or self.message)

"""Every refusal, as a fact with a code.

The codes are public: clients see the same words as data in results and as `extensions.code` in
errors. The messages are public too, so that none of them tells more than its code does.
"""

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


class InvalidCredentials(AuthError):
    """Unknown address, wrong password, disabled account: one face for all of them."""

    code = ErrorCode.INVALID_CREDENTIALS
    message = "The e-mail address or the password is wrong."


class InvalidInput(AuthError):
    """A value that cannot be taken; `field` names the argument."""

    code = ErrorCode.INVALID_INPUT

    def __init__(self, field: str, message: str) -> None:
        """Name the argument as clients write it, in camel case."""
        super().__init__(message)
        self.field = field


class EmailTaken(AuthError):
    """There is an account with that address."""

    code = ErrorCode.EMAIL_TAKEN
    message = "There is already an account with this e-mail address."


class WeakPassword(AuthError):
    """The password is refused; `reasons` says why, a sentence each."""

    code = ErrorCode.WEAK_PASSWORD
    message = "This password is too easy to guess."

    def __init__(self, reasons: list[str]) -> None:
        """Keep the reasons, which name rules and never the password."""
        super().__init__()
        self.reasons = reasons


class RegistrationClosed(AuthError):
    """Accounts are made by the operator here."""

    code = ErrorCode.REGISTRATION_CLOSED
    message = "Registration is closed."


class RefreshTokenMissing(AuthError):
    """Neither a cookie nor an argument."""

    code = ErrorCode.REFRESH_TOKEN_MISSING
    message = "No refresh token was sent."


class RefreshTokenInvalid(AuthError):
    """Never issued here, or not one that its session can be renewed with."""

    code = ErrorCode.REFRESH_TOKEN_INVALID
    message = "This refresh token is not valid."

    def __init__(self, *, session_over: bool = False) -> None:
        """`session_over`: the token was ours and its session is gone."""
        super().__init__()
        self.session_over = session_over


class RefreshTokenExpired(AuthError):
    """Its session was not used for too long, or has reached its greatest age."""

    code = ErrorCode.REFRESH_TOKEN_EXPIRED
    message = "The session has expired. Log in again."
    session_over = True


class RefreshTokenReused(AuthError):
    """A token that was rotated away was used again: somebody has a copy. The session is over."""

    code = ErrorCode.REFRESH_TOKEN_REUSED
    message = "This refresh token was used before. The session has been ended for safety."
    session_over = True


class SessionRevoked(AuthError):
    """The session was ended: by logout, from another device, or by the operator."""

    code = ErrorCode.SESSION_REVOKED
    message = "This session has been ended. Log in again."

    def __init__(self, *, session_over: bool = True) -> None:
        """`session_over`: not where it was renewed just now, and the cookie may be the new one."""
        super().__init__()
        self.session_over = session_over


class SessionNotFound(AuthError):
    """No live session of the person asking has that id."""

    code = ErrorCode.SESSION_NOT_FOUND
    message = "You have no live session with this id."


class TooManyAttempts(AuthError):
    """Tried too often; `retryAfter` says in how many seconds it may be tried again."""

    code = ErrorCode.TOO_MANY_ATTEMPTS
    message = "Too many attempts. Try again later."

    def __init__(self, retry_after: int) -> None:
        """Keep the seconds to wait, at least one."""
        super().__init__()
        self.retry_after = retry_after


class EmailNotVerified(AuthError):
    """The password is right, and the address has yet to be proved: a link was mailed to it."""

    code = ErrorCode.EMAIL_NOT_VERIFIED
    message = "Confirm your e-mail address first, with the link that was mailed to it."


class InvalidToken(AuthError):
    """The token of a link, or a ticket, is not good: used, too old, or never one."""

    code = ErrorCode.INVALID_TOKEN
    message = "This link is no longer good. Ask for a new one."


class InvalidTicket(InvalidToken):
    """Of something that was begun and is to be completed: used, too old, begun elsewhere."""

    message = "This has taken too long, or was begun elsewhere. Begin again."


class InvalidProof(AuthError):
    """A code or a passkey is wrong, or was used before: one face for all of them."""

    code = ErrorCode.INVALID_PROOF
    message = "This proof is not good."

    def __init__(self, attempts_left: int | None = None) -> None:
        """Keep how many more may be tried here; None where that is not counted."""
        super().__init__()
        self.attempts_left = attempts_left


class PasskeyUnknown(AuthError):
    """There is no such passkey here; the browser may forget it (`signalUnknownCredential`)."""

    code = ErrorCode.PASSKEY_UNKNOWN
    message = "This passkey is not known here."

    def __init__(self, rp_id: str, credential_id: str) -> None:
        """Keep what the browser knows it by; the id is base64url."""
        super().__init__()
        self.rp_id = rp_id
        self.credential_id = credential_id


class FactorNotFound(AuthError):
    """The person asking has no such app or passkey."""

    code = ErrorCode.FACTOR_NOT_FOUND
    message = "There is no such factor."


class TrustedDeviceNotFound(AuthError):
    """The person asking has no such device."""

    code = ErrorCode.TRUSTED_DEVICE_NOT_FOUND
    message = "There is no such device."


class LastWayIn(AuthError):
    """Without it, nobody could log in to the account any more."""

    code = ErrorCode.LAST_WAY_IN
    message = "This is the last way in to this account. Add another one first."


class FactorRequired(AuthError):
    """This service wants accounts to have a second factor, and it is the last one."""

    code = ErrorCode.FACTOR_REQUIRED
    message = "This account has to have a second factor. Add another one first."


class UnauthenticatedReason(Enum):
    """Why nobody is known to be asking; the client refreshes, or logs in."""

    TOKEN_MISSING = "No access token was sent."
    TOKEN_EXPIRED = "The access token has expired."
    TOKEN_INVALID = "The access token is not valid."
    SESSION_REVOKED = "The session of this access token has been ended."
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


class BadRequest(AuthError):
    """The request itself is not one."""

    code = ErrorCode.BAD_REQUEST


class OperationTooComplex(AuthError):
    """The document is larger than any client of this API needs."""

    code = ErrorCode.OPERATION_TOO_COMPLEX


class PersistedQueryNotSupported(AuthError):
    """The document itself is to be sent: none is kept here under a hash or an id."""

    code = ErrorCode.PERSISTED_QUERY_NOT_SUPPORTED
    message = "PersistedQueryNotSupported"  # by which some clients know it


class CrossSiteRequest(AuthError):
    """A page of another site may not use, or be given, the refresh token cookie."""

    code = ErrorCode.CROSS_SITE_REQUEST
    message = (
        "The refresh token cookie works only for requests from an allowed origin,"
        " sent by POST as application/json."
    )


class ServiceUnavailable(AuthError):
    """The service cannot answer now, and nothing was decided. Try again shortly."""

    code = ErrorCode.SERVICE_UNAVAILABLE
    message = "The service cannot answer right now. Try again shortly."
    retry_after = 1


class MailUnavailable(ServiceUnavailable):
    """No mail server is configured, so that no mail can be asked for."""

    message = "This service sends no mail."


class KeysUnavailable(ServiceUnavailable):
    """No key to verify with has arrived yet, so that nothing can be said of a token.

    `reason` says why, for the log of whoever runs the service; clients are told no more than that
    they may try again.
    """

    def __init__(self, reason: str) -> None:
        """Keep the reason."""
        super().__init__()
        self.reason = reason

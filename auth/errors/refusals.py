"""Refusals of what somebody does: with an account, a session, a link or a request."""

from authberry.errors.codes import AuthError, ErrorCode


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
        "Cookies that log in work only for requests from an allowed origin,"
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

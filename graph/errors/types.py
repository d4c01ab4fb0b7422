"""The GraphQL type of each refusal that can be data.

A type has its description from the error in `authberry.errors` that it is declared for.
"""

import inspect
from collections.abc import Callable
from typing import Any, ClassVar, TypeVar

import strawberry

from authberry import errors
from authberry.errors import AuthError
from authberry.graph.errors.codes import ErrorCode


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


E = TypeVar("E", bound=type[Error])


def _declare(error: type[AuthError]) -> Callable[[E], E]:
    """Make a class the GraphQL type of `error`, whose docstring becomes its description."""

    def decorate(cls: E) -> E:
        declared = strawberry.type(cls, description=inspect.getdoc(error))
        Error.of[error] = declared
        for kind in error.__subclasses__():  # the same with other words
            Error.of[kind] = declared
        return declared

    return decorate


@_declare(errors.InvalidCredentials)
class InvalidCredentials(Error):
    """No field of its own."""


@_declare(errors.InvalidInput)
class InvalidInput(Error):
    """With the argument it is about."""

    field: str = strawberry.field(description="The argument, as it is spelt here.")


@_declare(errors.EmailTaken)
class EmailTaken(Error):
    """No field of its own."""


@_declare(errors.WeakPassword)
class WeakPassword(Error):
    """With what would have to change."""

    reasons: list[str] = strawberry.field(description="Why, a sentence each.")


@_declare(errors.RegistrationClosed)
class RegistrationClosed(Error):
    """No field of its own."""


@_declare(errors.RefreshTokenMissing)
class RefreshTokenMissing(Error):
    """No field of its own."""


@_declare(errors.RefreshTokenInvalid)
class RefreshTokenInvalid(Error):
    """No field of its own."""


@_declare(errors.RefreshTokenExpired)
class RefreshTokenExpired(Error):
    """No field of its own."""


@_declare(errors.RefreshTokenReused)
class RefreshTokenReused(Error):
    """No field of its own."""


@_declare(errors.SessionRevoked)
class SessionRevoked(Error):
    """No field of its own."""


@_declare(errors.SessionNotFound)
class SessionNotFound(Error):
    """No field of its own."""


@_declare(errors.EmailNotVerified)
class EmailNotVerified(Error):
    """No field of its own."""


@_declare(errors.InvalidToken)
class InvalidToken(Error):
    """No field of its own."""


@_declare(errors.InvalidProof)
class InvalidProof(Error):
    """With how many more may be tried."""

    attempts_left: int | None = strawberry.field(
        description="How many more may be tried before it is to be begun again; null where that is"
        " not counted."
    )


@_declare(errors.PasskeyUnknown)
class PasskeyUnknown(Error):
    """With what the browser knows it by, for `PublicKeyCredential.signalUnknownCredential`."""

    rp_id: str
    credential_id: str


@_declare(errors.FactorNotFound)
class FactorNotFound(Error):
    """No field of its own."""


@_declare(errors.LastWayIn)
class LastWayIn(Error):
    """No field of its own."""


@_declare(errors.FactorRequired)
class FactorRequired(Error):
    """No field of its own."""


@_declare(errors.TrustedDeviceNotFound)
class TrustedDeviceNotFound(Error):
    """No field of its own."""


@_declare(errors.TooManyAttempts)
class TooManyAttempts(Error):
    """With the time to wait."""

    retry_after: int = strawberry.field(description="Seconds.")

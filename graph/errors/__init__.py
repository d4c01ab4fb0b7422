"""Refusals as GraphQL: as data where a union declares them, else as errors with a code.

`types` declares a GraphQL type for each refusal that can be data; `translation` makes of what a
rule raised what a client gets; `reword` takes out of graphql-core's own errors what was sent.
"""

from authberry.graph.errors.rewording import reword
from authberry.graph.errors.translation import as_data, as_error, masked
from authberry.graph.errors.types import (
    EmailNotVerified,
    EmailTaken,
    Error,
    FactorNotFound,
    FactorRequired,
    InvalidCredentials,
    InvalidInput,
    InvalidProof,
    InvalidToken,
    LastWayIn,
    PasskeyUnknown,
    RefreshTokenExpired,
    RefreshTokenInvalid,
    RefreshTokenMissing,
    RefreshTokenReused,
    RegistrationClosed,
    SessionNotFound,
    SessionRevoked,
    TooManyAttempts,
    TrustedDeviceNotFound,
    WeakPassword,
)

__all__ = [
    "EmailNotVerified",
    "EmailTaken",
    "Error",
    "FactorNotFound",
    "FactorRequired",
    "InvalidCredentials",
    "InvalidInput",
    "InvalidProof",
    "InvalidToken",
    "LastWayIn",
    "PasskeyUnknown",
    "RefreshTokenExpired",
    "RefreshTokenInvalid",
    "RefreshTokenMissing",
    "RefreshTokenReused",
    "RegistrationClosed",
    "SessionNotFound",
    "SessionRevoked",
    "TooManyAttempts",
    "TrustedDeviceNotFound",
    "WeakPassword",
    "as_data",
    "as_error",
    "masked",
    "reword",
]

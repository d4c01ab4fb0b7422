"""Every refusal, as a fact with a code.

The codes are public: clients see the same words as data in results and as `extensions.code` in
errors. The messages are public too, so that none of them tells more than its code does.
"""

from authberry.errors.access import (
    Forbidden,
    StepUpRequired,
    Unauthenticated,
    UnauthenticatedReason,
)
from authberry.errors.codes import (
    AuthError,
    ErrorCode,
)
from authberry.errors.factors import (
    FactorNotFound,
    FactorRequired,
    InvalidProof,
    InvalidTicket,
    LastWayIn,
    PasskeysImpossible,
    PasskeyUnknown,
    TrustedDeviceNotFound,
)
from authberry.errors.identities import (
    NO_ADDRESS,
    ExternalLoginFailed,
    IdentityInUse,
    IdentityNotFound,
    ProviderAway,
)
from authberry.errors.refusals import (
    BadRequest,
    CrossSiteRequest,
    EmailNotVerified,
    EmailTaken,
    InvalidCredentials,
    InvalidInput,
    InvalidToken,
    KeysUnavailable,
    MailUnavailable,
    OperationTooComplex,
    PersistedQueryNotSupported,
    RefreshTokenExpired,
    RefreshTokenInvalid,
    RefreshTokenMissing,
    RefreshTokenReused,
    RegistrationClosed,
    ServiceUnavailable,
    SessionNotFound,
    SessionRevoked,
    TooManyAttempts,
    WeakPassword,
)

__all__ = [
    "NO_ADDRESS",
    "AuthError",
    "BadRequest",
    "CrossSiteRequest",
    "EmailNotVerified",
    "EmailTaken",
    "ErrorCode",
    "ExternalLoginFailed",
    "FactorNotFound",
    "FactorRequired",
    "Forbidden",
    "IdentityInUse",
    "IdentityNotFound",
    "InvalidCredentials",
    "InvalidInput",
    "InvalidProof",
    "InvalidTicket",
    "InvalidToken",
    "KeysUnavailable",
    "LastWayIn",
    "MailUnavailable",
    "OperationTooComplex",
    "PasskeyUnknown",
    "PasskeysImpossible",
    "PersistedQueryNotSupported",
    "ProviderAway",
    "RefreshTokenExpired",
    "RefreshTokenInvalid",
    "RefreshTokenMissing",
    "RefreshTokenReused",
    "RegistrationClosed",
    "ServiceUnavailable",
    "SessionNotFound",
    "SessionRevoked",
    "StepUpRequired",
    "TooManyAttempts",
    "TrustedDeviceNotFound",
    "Unauthenticated",
    "UnauthenticatedReason",
    "WeakPassword",
]

"""What the API speaks of, as GraphQL types: people, sessions, tokens, factors, security events.

Each is made of a row or of a rule's answer by its `of`, and shows no more of it than its fields.
The types of refusals are in `authberry.graph.errors`.
"""

from authberry.graph.types.accepted_passkeys import AcceptedPasskeys
from authberry.graph.types.accounts import (
    AccountDeleted,
    EmailSent,
    EmailVerified,
    PasswordReset,
)
from authberry.graph.types.factors import (
    Factor,
    FactorAdded,
    FactorEnrollmentRequired,
    FactorRemoved,
    FactorResetCancelled,
    FactorResetScheduled,
    Passkey,
    PasskeyLogin,
    PasskeyRegistration,
    Proof,
    RecoveryCodes,
    SecondFactorRequired,
    Totp,
    TotpEnrollment,
    TrustedDevice,
    TrustedDeviceRevoked,
)
from authberry.graph.types.scalars import DateTime
from authberry.graph.types.security_events import SecurityEvent, SecurityEventConnection
from authberry.graph.types.sessions import LoggedOut, Session, SessionsRevoked
from authberry.graph.types.tokens import AuthPayload
from authberry.graph.types.users import User

__all__ = [
    "AcceptedPasskeys",
    "AccountDeleted",
    "AuthPayload",
    "DateTime",
    "EmailSent",
    "EmailVerified",
    "Factor",
    "FactorAdded",
    "FactorEnrollmentRequired",
    "FactorRemoved",
    "FactorResetCancelled",
    "FactorResetScheduled",
    "LoggedOut",
    "Passkey",
    "PasskeyLogin",
    "PasskeyRegistration",
    "PasswordReset",
    "Proof",
    "RecoveryCodes",
    "SecondFactorRequired",
    "SecurityEvent",
    "SecurityEventConnection",
    "Session",
    "SessionsRevoked",
    "Totp",
    "TotpEnrollment",
    "TrustedDevice",
    "TrustedDeviceRevoked",
    "User",
]

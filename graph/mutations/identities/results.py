"""What a login at a provider can come to, whichever mutation completes it."""

from typing import Annotated

import strawberry

from authberry.graph.errors import (
    ExternalLoginFailed,
    IdentityInUse,
    InvalidProof,
    InvalidToken,
    RegistrationClosed,
    TooManyAttempts,
)
from authberry.graph.types import (
    AccountLinkRequired,
    AuthPayload,
    EmailSent,
    FactorEnrollmentRequired,
    IdentityLinked,
    SecondFactorRequired,
)

CompleteExternalLoginResult = Annotated[
    AuthPayload
    | SecondFactorRequired
    | FactorEnrollmentRequired
    | AccountLinkRequired
    | IdentityLinked
    | IdentityInUse
    | ExternalLoginFailed
    | EmailSent
    | RegistrationClosed
    | InvalidProof
    | InvalidToken
    | TooManyAttempts,
    strawberry.union("CompleteExternalLoginResult"),
]

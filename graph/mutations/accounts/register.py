"""Make an account."""

from typing import Annotated

import strawberry

from authberry import RefreshTokenTransport
from authberry.graph.context import Info
from authberry.graph.errors import (
    EmailTaken,
    InvalidInput,
    RegistrationClosed,
    TooManyAttempts,
    WeakPassword,
)
from authberry.graph.fields import mutation
from authberry.graph.types import (
    AuthPayload,
    EmailSent,
    FactorEnrollmentRequired,
    SecondFactorRequired,
)

RegisterResult = Annotated[
    AuthPayload
    | SecondFactorRequired
    | FactorEnrollmentRequired
    | EmailSent
    | EmailTaken
    | WeakPassword
    | InvalidInput
    | RegistrationClosed
    | TooManyAttempts,
    strawberry.union("RegisterResult"),
]


@mutation(public=True, credential=True)
async def register(
    info: Info,
    email: str,
    password: str,
    name: str | None = strawberry.UNSET,
    transport: RefreshTokenTransport = RefreshTokenTransport.COOKIE,
) -> RegisterResult:
    """Make an account and log its owner in.

    Where addresses have to be proved first, nobody is logged in: `EmailSent` says that a mail is on
    its way, alike for a new address and for one that has an account already.
    """
    info.context.delivery.require(transport)
    outcome = await info.context.auth.accounts.registration.register(
        email, password, name or None, info.context.client_on_device, transport
    )
    return info.context.delivery.outcome(outcome) if outcome else EmailSent()

"""Prove an address and a password."""

from typing import Annotated

import strawberry

from authberry import RefreshTokenTransport
from authberry.graph.context import Info
from authberry.graph.errors import EmailNotVerified, InvalidCredentials, TooManyAttempts
from authberry.graph.fields import mutation
from authberry.graph.types import AuthPayload, FactorEnrollmentRequired, SecondFactorRequired

LoginResult = Annotated[
    AuthPayload
    | SecondFactorRequired
    | FactorEnrollmentRequired
    | InvalidCredentials
    | EmailNotVerified
    | TooManyAttempts,
    strawberry.union("LoginResult"),
]


@mutation(public=True, credential=True)
async def login(
    info: Info,
    email: str,
    password: str,
    transport: RefreshTokenTransport = RefreshTokenTransport.COOKIE,
) -> LoginResult:
    """Exchange an address and a password for an access token and a refresh token.

    `EmailNotVerified` is answered where addresses have to be proved first, and to the right
    password only.
    """
    info.context.delivery.require(transport)
    outcome = await info.context.auth.logins.passwords.login(
        email, password, info.context.client_on_device, transport
    )
    return info.context.delivery.outcome(outcome)

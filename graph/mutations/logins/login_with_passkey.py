"""Log in with a passkey alone."""

from typing import Annotated

import strawberry
from strawberry.scalars import JSON

from authberry import RefreshTokenTransport
from authberry.graph.context import Info
from authberry.graph.errors import (
    EmailNotVerified,
    InvalidProof,
    InvalidToken,
    PasskeyUnknown,
    TooManyAttempts,
)
from authberry.graph.fields import mutation
from authberry.graph.types import AuthPayload

LoginWithPasskeyResult = Annotated[
    AuthPayload | PasskeyUnknown | InvalidProof | InvalidToken | EmailNotVerified | TooManyAttempts,
    strawberry.union("LoginWithPasskeyResult"),
]


@mutation(public=True, credential=True)
async def login_with_passkey(
    info: Info,
    credential: JSON,
    ticket: str | None = strawberry.UNSET,  # noqa: ARG001 - the answer says what it answers
    transport: RefreshTokenTransport = RefreshTokenTransport.COOKIE,
) -> LoginWithPasskeyResult:
    """Exchange what `navigator.credentials.get` answered, as `toJSON` writes it, for tokens.

    The authenticator has to have verified who holds it; then no second factor is asked for.
    `ticket` may be null.
    """
    info.context.delivery.require(transport)
    issued = await info.context.auth.logins.passkeys.login(
        credential, info.context.client, transport
    )
    return info.context.delivery.login(issued)

"""Take a passkey that an authenticator has made."""

from typing import Annotated

import strawberry
from strawberry.scalars import JSON

from authberry.graph.context import Info
from authberry.graph.errors import InvalidInput, InvalidProof, InvalidToken, TooManyAttempts
from authberry.graph.fields import mutation
from authberry.graph.types import FactorAdded

FinishPasskeyRegistrationResult = Annotated[
    FactorAdded | InvalidProof | InvalidToken | InvalidInput | TooManyAttempts,
    strawberry.union("FinishPasskeyRegistrationResult"),
]


@mutation(public=True, credential=True)
async def finish_passkey_registration(
    info: Info,
    credential: JSON,
    name: str | None = strawberry.UNSET,
    ticket: str | None = strawberry.UNSET,
) -> FinishPasskeyRegistrationResult | None:
    """Activate a passkey with what `navigator.credentials.create` answered, as `toJSON` writes it.

    The first factor ends every other session. `ticket` is that of `FactorEnrollmentRequired` where
    no cookie holds it; then `completeLogin` follows, without a proof.
    """
    who = await info.context.enrolling(ticket or None)
    enrollment = info.context.auth.logins.enrollment
    added = await enrollment.finish_passkey(who, credential, name or None, info.context.client)
    return FactorAdded.of(added)

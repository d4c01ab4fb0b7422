"""Complete a login with what was missing."""

from typing import Annotated

import strawberry

from authberry.graph.context import Info
from authberry.graph.errors import InvalidProof, InvalidToken, TooManyAttempts
from authberry.graph.fields import mutation
from authberry.graph.types import AuthPayload, FactorEnrollmentRequired, Proof
from authberry.logins import EnrollmentNeeded

CompleteLoginResult = Annotated[
    AuthPayload | FactorEnrollmentRequired | InvalidProof | InvalidToken | TooManyAttempts,
    strawberry.union("CompleteLoginResult"),
]


@mutation(public=True, credential=True)
async def complete_login(
    info: Info,
    proof: Proof | None = strawberry.UNSET,
    skip: bool = False,
    ticket: str | None = strawberry.UNSET,
    trust_device: bool = False,
) -> CompleteLoginResult:
    """Complete a login that `SecondFactorRequired` or `FactorEnrollmentRequired` has answered.

    With a second factor; without a proof once one was set up; or with `skip`, while setting one up
    can be put off. `ticket` is what was answered, where no cookie holds it. With `trustDevice`,
    logins in this browser ask for no second factor for a while.
    """
    context = info.context
    completed = await context.auth.logins.completion.complete(
        context.browser.pending_login.tickets(ticket or None),
        proof.presented() if proof else None,
        context.client_on_device,
        skip=skip,
        trust=trust_device,
    )
    if isinstance(completed, EnrollmentNeeded):
        return FactorEnrollmentRequired.of(completed)
    context.browser.pending_login.trust(completed.trusted_token)
    return context.delivery.login(completed.issued)

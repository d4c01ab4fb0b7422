"""Prove once more who one is."""

from typing import Annotated

import strawberry

from authberry import RefreshTokenTransport
from authberry.graph.context import Info
from authberry.graph.errors import InvalidProof, TooManyAttempts
from authberry.graph.fields import mutation
from authberry.graph.types import AuthPayload, Proof

ReauthenticateResult = Annotated[
    AuthPayload | InvalidProof | TooManyAttempts, strawberry.union("ReauthenticateResult")
]


@mutation(credential=True)
async def reauthenticate(info: Info, proof: Proof) -> ReauthenticateResult | None:
    """Prove once more who you are: tokens that say so, for the fields that want a recent login.

    The session goes on under its id, with the refresh token that it has. Where a cookie stands for
    it by itself (`SESSION`), that is another afterwards.
    """
    context = info.context
    viewer = await context.viewer()
    transport = RefreshTokenTransport(viewer.session.transport)
    if transport is RefreshTokenTransport.SESSION:
        context.delivery.require(transport)
    issued = await context.auth.logins.step_up.reauthenticate(
        viewer, proof.presented(), context.client
    )
    return context.delivery.tokens(issued, transport)

"""Prove that an account is one's own, so that a login at a provider is linked to it."""

import strawberry

from authberry.graph.context import Info
from authberry.graph.fields import mutation
from authberry.graph.mutations.identities.results import CompleteExternalLoginResult
from authberry.graph.types import Proof


@mutation(public=True, credential=True)
async def confirm_account_link(
    info: Info, proof: Proof, ticket: str | None = strawberry.UNSET
) -> CompleteExternalLoginResult:
    """Prove that the account of `AccountLinkRequired` is yours: it is linked, you are logged in.

    By its password or a passkey; a second factor is asked for as ever, and the link is made once
    that is proved. There are five attempts. Who can prove neither logs in as ever, and links with
    the intent `LINK`. `ticket` is what was answered, where no cookie holds it.
    """
    context = info.context
    completed = await context.auth.identities.confirmation.confirm(
        ticket or None,
        context.browser.external_login.held(),
        proof.presented(),
        context.client_on_device,
    )
    return context.delivery.external(completed)

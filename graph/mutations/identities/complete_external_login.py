"""Complete a login at a provider."""

import strawberry

from authberry import RefreshTokenTransport
from authberry.graph.context import Info
from authberry.graph.fields import mutation
from authberry.graph.mutations.identities.results import CompleteExternalLoginResult
from authberry.identities import Purpose


@mutation(public=True, credential=True)
async def complete_external_login(
    info: Info, ticket: str | None = strawberry.UNSET
) -> CompleteExternalLoginResult:
    """Complete what `beginExternalLogin` has begun, once the browser is back at `returnTo`.

    `ticket` is what was answered there, where no cookie holds it. What was begun by somebody who is
    logged in (`LINK`, `REAUTHENTICATE`) is completed in the same session, with its access token.
    """
    context = info.context
    completion = context.auth.identities.completion
    answered = await completion.find(ticket or None, context.browser.external_login.held())
    context.delivery.require(answered.transport)
    viewer = None if answered.purpose is Purpose.LOGIN else await context.viewer()
    if viewer is not None:
        context.delivery.require(RefreshTokenTransport(viewer.session.transport))
    completed = await completion.complete(answered, viewer, context.client_on_device)
    return context.delivery.external(completed)

"""Log in with an ID token."""

import strawberry

from authberry import RefreshTokenTransport
from authberry.graph.context import Info
from authberry.graph.fields import mutation
from authberry.graph.mutations.identities.results import CompleteExternalLoginResult


@mutation(public=True, credential=True)
async def login_with_id_token(
    info: Info,
    provider: strawberry.ID,
    id_token: str,
    nonce: str | None = strawberry.UNSET,
    transport: RefreshTokenTransport = RefreshTokenTransport.BODY,
) -> CompleteExternalLoginResult:
    """For native apps, which have the ID token from their own SDK. Each is good once.

    `nonce` is the one that the app has asked the provider with.
    """
    context = info.context
    context.delivery.require(transport)
    completed = await context.auth.identities.completion.log_in_with_id_token(
        provider, id_token, nonce or None, transport, context.client_on_device
    )
    return context.delivery.external(completed)

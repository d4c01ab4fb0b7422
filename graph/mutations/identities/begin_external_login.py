"""Begin a login at a provider."""

from typing import Annotated

import strawberry

from authberry import RefreshTokenTransport, Viewer
from authberry.graph.context import Context, Info
from authberry.graph.errors import InvalidInput, TooManyAttempts
from authberry.graph.fields import mutation
from authberry.graph.types import ExternalLoginBegun, ExternalLoginIntent
from authberry.identities import WantedLogin

BeginExternalLoginResult = Annotated[
    ExternalLoginBegun | InvalidInput | TooManyAttempts,
    strawberry.union("BeginExternalLoginResult"),
]


@mutation(public=True, credential=True)
async def begin_external_login(
    info: Info,
    provider: strawberry.ID,
    return_to: str,
    intent: ExternalLoginIntent = ExternalLoginIntent.LOGIN,
    transport: RefreshTokenTransport = RefreshTokenTransport.COOKIE,
) -> BeginExternalLoginResult:
    """Begin a login at one of `externalProviders`. Then `completeExternalLogin`, within 10 minutes.

    The browser goes to `authorizationUrl`, and comes back to `returnTo`: a page of this service, or
    of an origin that may use it. Nothing is added to that address. The browser that asks here, and
    no other, can come back; so this is asked by a page of that browser, with its cookies, whatever
    `transport` is.
    """
    context = info.context
    viewer = await _viewer(context, intent)
    journeys = context.auth.identities.journeys
    posts = journeys.provider(provider).needs_cross_site_post
    browser = context.browser.external_login.remember(transport, posts=posts)
    wanted = WantedLogin(provider, intent.purpose, return_to, transport, viewer)
    begun = await journeys.begin(wanted, browser, context.client)
    context.response.headers["Cache-Control"] = "no-store"
    return ExternalLoginBegun.of(begun)


async def _viewer(context: Context, intent: ExternalLoginIntent) -> Viewer | None:
    match intent:
        case ExternalLoginIntent.LOGIN:
            return None
        case ExternalLoginIntent.LINK:
            return await context.viewer_of_recent_login()
        case ExternalLoginIntent.REAUTHENTICATE:
            return await context.viewer()

"""Log in with a link."""

from typing import Annotated

import strawberry

from authberry import RefreshTokenTransport
from authberry.graph.context import Info
from authberry.graph.errors import InvalidToken, TooManyAttempts
from authberry.graph.fields import mutation
from authberry.graph.types import AuthPayload, FactorEnrollmentRequired, SecondFactorRequired

LoginWithLinkResult = Annotated[
    AuthPayload | SecondFactorRequired | FactorEnrollmentRequired | InvalidToken | TooManyAttempts,
    strawberry.union("LoginWithLinkResult"),
]


@mutation(public=True, credential=True)
async def login_with_link(
    info: Info,
    token: str,
    transport: RefreshTokenTransport = RefreshTokenTransport.COOKIE,
) -> LoginWithLinkResult:
    """Exchange the token of a mailed link for an access token and a refresh token, once.

    Works in the browser that asked for the link, and in no other. The address is proved by it. If
    nobody had proved that before, nothing is left of what was set up before, such as a password,
    unless somebody is logged in to the account in this browser.
    """
    info.context.delivery.require(transport)
    browser = info.context.browser.login_link.secrets()
    held = info.context.browser.refresh_tokens.presented(None).tokens
    outcome = await info.context.auth.logins.links.login(
        token, browser, info.context.client_on_device, transport, held
    )
    info.context.browser.login_link.forget()
    return info.context.delivery.outcome(outcome)

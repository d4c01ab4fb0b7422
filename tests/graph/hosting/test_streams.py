"""Server-sent events: the headers of a stream have left before a resolver can set a cookie."""

from typing import Any

import pytest
import strawberry
import strawberry.asgi
from browser import Browser, data
from documents import LOGIN
from people import PASSWORD
from rows import everything
from strawberry.subscriptions import GRAPHQL_SSE_PROTOCOL

from authberry import Auth
from authberry.graph import (
    AuthenticatedSubscriptions,
    AuthMutation,
    AuthQuery,
    auth_context,
)
from authberry.models import User

pytestmark = pytest.mark.one_process("the host holds one Auth")

ADA = {"email": "ada@example.com", "password": PASSWORD}
STREAM = "text/event-stream"
URQL = "application/graphql-response+json, application/json, text/event-stream, multipart/mixed"


@pytest.fixture
def browser(auth: Auth) -> Browser:
    """Looks at a host that streams to whoever accepts a stream."""

    class View(AuthenticatedSubscriptions, strawberry.asgi.GraphQL[Any, Any]):
        async def get_context(self, request: Any, response: Any) -> Any:
            return auth_context(auth, request=request, response=response)

    schema = strawberry.Schema(AuthQuery, AuthMutation)
    return Browser(View(schema, subscription_protocols=[GRAPHQL_SSE_PROTOCOL]))


async def test_a_client_that_accepts_a_stream_of_everything_gets_its_cookie(
    browser: Browser, ada: User
) -> None:
    """As urql does; a refresh that lost its cookie would be a logout in half a minute."""
    response = await browser.ask(LOGIN, ADA, headers={"Accept": URQL})
    assert response.headers["content-type"] == "application/json"
    assert data(response)["__typename"] == "AuthPayload"
    assert list(browser.cookies) == ["refresh_token"]


async def test_a_client_that_accepts_nothing_but_a_stream_is_told(
    auth: Auth, browser: Browser, ada: User
) -> None:
    """And nothing is done."""
    before = await everything(auth)
    response = await browser.ask(LOGIN, ADA, headers={"Accept": STREAM})
    assert response.headers["content-type"].startswith(STREAM)
    assert '"code":"BAD_REQUEST"' in response.text
    assert await everything(auth) == before


async def test_without_a_cookie_a_stream_will_do(browser: Browser, ada: User) -> None:
    """The refresh token is in the body then."""
    response = await browser.ask(LOGIN, ADA, transport="BODY", headers={"Accept": STREAM})
    assert '"__typename":"AuthPayload"' in response.text


async def test_a_query_is_streamed_as_asked_for(browser: Browser) -> None:
    """Ours is not to change a host's way of answering."""
    response = await browser.ask("{ __typename }", headers={"Accept": URQL})
    assert response.headers["content-type"].startswith(STREAM)

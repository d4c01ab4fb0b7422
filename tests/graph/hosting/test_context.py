"""The host's context: where our fields find what they need, and what they say when they do not."""

from typing import Any

import pytest
import strawberry
import strawberry.fastapi
import strawberry.litestar
from browser import Browser, data
from hosts import host, on_asgi, on_fastapi, on_litestar
from strawberry.permission import PermissionExtension

from authberry import Auth, Issued
from authberry.graph import AuthContext, AuthMutation, AuthQuery, IsAuthenticated, auth_context

pytestmark = pytest.mark.one_process("the host holds one Auth")


@strawberry.type
class Query(AuthQuery):
    """A host's."""

    @strawberry.field(extensions=[PermissionExtension([IsAuthenticated()])])
    def diary(self) -> str:
        """For somebody."""
        return "dear diary"

    @strawberry.field
    def colour(self, info: strawberry.Info) -> str:
        """Something that the host keeps in its context."""
        held = info.context
        return str(held["colour"] if isinstance(held, dict) else held.colour)


SCHEMA = strawberry.Schema(Query, AuthMutation)


@pytest.mark.parametrize("serve", [on_asgi, on_fastapi, on_litestar])
@pytest.mark.parametrize("field", ["me { id }", "diary"])
async def test_a_host_that_forgets_the_context_is_told_which_line_to_add(
    auth: Auth, issued: Issued, serve: Any, field: str
) -> None:
    """At the first use; and nobody gets in."""
    response = await Browser(serve(SCHEMA, {})).ask(
        f"{{ {field} }}", token=issued.access_token.value
    )
    (error,) = response.json()["errors"]
    assert "does not hold an `Auth` under `authberry`" in error["message"]
    assert "return auth_context(auth)" in error["message"]
    assert not any((response.json()["data"] or {}).values())


async def test_a_context_without_a_response_is_told_so_before_a_cookie_is_lost(
    auth: Auth,
) -> None:
    """Strawberry's plain view leaves both to its host."""

    class View(strawberry.asgi.GraphQL[Any, Any]):
        async def get_context(self, request: Any, response: Any) -> Any:  # noqa: ARG002 - theirs
            return auth_context(auth, request=request)

    response = await Browser(View(SCHEMA)).ask("{ me { id } }")
    assert "does not hold the `response`" in response.json()["errors"][0]["message"]


async def test_the_host_s_own_things_stay_in_its_context(
    auth: Auth, issued: Issued, integration: str
) -> None:
    """Ours are added to them."""
    context = auth_context(auth, colour="green")
    serve = {"asgi": on_asgi, "fastapi": on_fastapi, "litestar": on_litestar}[integration]
    browser = Browser(serve(SCHEMA, context))
    response = await browser.ask("{ colour me { email } }", token=issued.access_token.value)
    assert response.json() == {"data": {"colour": "green", "me": {"email": "ada@example.com"}}}


async def test_a_context_may_be_a_class(auth: Auth, issued: Issued) -> None:
    """FastAPI's way."""

    class Own(AuthContext, strawberry.fastapi.BaseContext):
        def __init__(self) -> None:
            super().__init__()
            self.authberry = auth
            self.colour = "blue"

    browser = Browser(on_fastapi(SCHEMA, Own()))
    response = await browser.ask("{ colour me { email } }", token=issued.access_token.value)
    assert response.json() == {"data": {"colour": "blue", "me": {"email": "ada@example.com"}}}


class Struct(strawberry.litestar.BaseContext, kw_only=True):
    """Litestar's way, which has no attributes but those it declares."""

    authberry: Any
    colour: str = "red"


async def test_a_context_may_be_a_struct(auth: Auth, issued: Issued) -> None:
    """We write nothing into it."""
    browser = Browser(on_litestar(SCHEMA, Struct(authberry=auth)))
    response = await browser.ask("{ colour me { email } }", token=issued.access_token.value)
    assert response.json() == {"data": {"colour": "red", "me": {"email": "ada@example.com"}}}


async def test_each_request_is_somebody_else(auth: Auth, issued: Issued, integration: str) -> None:
    """What was found out about one is not told the next, even where a context is reused."""
    browser = Browser(host(integration, SCHEMA, auth))
    assert data(await browser.ask("{ me { id } }", token=issued.access_token.value))
    response = await browser.ask("{ me { id } }")
    assert response.json()["data"] == {"me": None}

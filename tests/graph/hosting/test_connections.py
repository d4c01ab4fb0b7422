"""`securityEvents` and `accountExport` beside a host's own connections and scalars."""

from collections.abc import Iterable
from typing import Any

import pytest
import strawberry
from browser import Browser, data
from documents import SECURITY_EVENTS
from hosts import host
from people import begin
from strawberry import relay
from strawberry.scalars import JSON

from authberry import Auth, Issued
from authberry.graph import AuthMutation, AuthQuery, auth_types

pytestmark = pytest.mark.one_process("the host holds one Auth")


@strawberry.type
class Fruit(relay.Node):
    """Something of the host's, with Relay's ids."""

    code: relay.NodeID[int]

    @classmethod
    def resolve_nodes(cls, *, info: Any, node_ids: Iterable[str], required: bool = False) -> Any:  # noqa: ARG003 - Strawberry's signature
        """Make them."""
        return [cls(code=int(one)) for one in node_ids]


@strawberry.type
class Query(AuthQuery):
    """The host's own connection and scalar, beside ours."""

    @relay.connection(relay.ListConnection[Fruit])
    def fruits(self) -> list[Fruit]:
        """Three of them."""
        return [Fruit(code=number) for number in range(3)]

    @strawberry.field
    def anything(self) -> JSON:
        """JSON of the host's."""
        return JSON({"a": 1})


SCHEMA = strawberry.Schema(Query, AuthMutation)
FRUITS = "{ fruits(first: 2) { edges { node { id } } pageInfo { hasNextPage } } anything }"


async def test_a_host_with_connections_of_its_own_takes_ours_in(
    auth: Auth, issued: Issued, integration: str
) -> None:
    """There is one `PageInfo`, and one `JSON`."""
    browser = Browser(host(integration, SCHEMA, auth))
    response = (await browser.ask(FRUITS)).json()["data"]
    assert response["fruits"]["pageInfo"] == {"hasNextPage": True}
    assert response["anything"] == {"a": 1}
    answer = data(await browser.ask(SECURITY_EVENTS, token=issued.access_token.value))
    assert answer["pageInfo"]["hasNextPage"] is False
    exported = data(await browser.ask("{ accountExport }", token=issued.access_token.value))
    assert exported["account"]["email"] == "ada@example.com"
    sdl = SCHEMA.as_str()
    assert (sdl.count("type PageInfo"), sdl.count("scalar JSON")) == (1, 1)


async def test_leaving_takes_other_names(auth: Auth, issued: Issued) -> None:
    """Like every field; and a host may leave it out."""
    ours = auth_types(prefix="auth", rename={"security_events": "history"})
    browser = Browser(host("asgi", strawberry.Schema(ours.query, ours.mutation), auth))
    token = (await begin(auth, issued.user)).access_token.value
    answer = await browser.ask("{ history { edges { node { kind } } } }", token=token)
    assert answer.json()["data"]["history"] == {"edges": []}
    only = auth_types(only=["me", "login"])
    sdl = strawberry.Schema(only.query, only.mutation).as_str()
    assert "PageInfo" not in sdl
    assert "deleteAccount" not in sdl

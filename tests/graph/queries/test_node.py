"""`node`: what has an id is found by it, by whoever may see it (Relay's object identification)."""

from typing import Any

import pytest
import strawberry
from apps import MakeApp, person
from browser import Browser, codes, data
from documents import LOGIN
from people import PASSWORD
from starlette.applications import Starlette

from authberry import Auth, Issued, graph
from authberry.graph import build_schema
from authberry.graph.federation import build_subgraph
from authberry.models import User

pytestmark = pytest.mark.one_process("each process writes what it holds a moment later")

ADA = {"email": "ada@example.com", "password": PASSWORD}
NODE = """query($id: ID!) { node(id: $id) {
  __typename id
  ... on User { email }
  ... on Session { current userAgent }
  ... on SecurityEvent { kind ipAddress }
} }"""
ALL = """{ me { id } sessions { id current userAgent }
  securityEvents { edges { node { id kind ipAddress } } } }"""


@pytest.fixture
async def app(make_app: MakeApp) -> Starlette:
    """An application that stores events."""
    return await make_app(event_ttl=90 * 86400)


async def everything(browser: Browser) -> tuple[str, dict[str, Any]]:
    """Log in; returns the access token, and all that has an id."""
    token = data(await browser.ask(LOGIN, ADA))["accessToken"]
    return token, (await browser.ask(ALL, token=token)).json()["data"]


async def test_whatever_has_an_id_is_found_by_it(browser: Browser, ada: User) -> None:
    """As it is where it was listed: oneself, each session, each event."""
    await everything(browser)
    token, seen = await everything(browser)
    assert data(await browser.ask(NODE, {"id": seen["me"]["id"]}, token=token)) == {
        "__typename": "User",
        "id": str(ada.id),
        "email": "ada@example.com",
    }
    assert len(seen["sessions"]) == 2
    for session in seen["sessions"]:
        found = data(await browser.ask(NODE, {"id": session["id"]}, token=token))
        assert found == {"__typename": "Session", **session}
    events = [edge["node"] for edge in seen["securityEvents"]["edges"]]
    assert len(events) == 3
    for event in events:
        found = data(await browser.ask(NODE, {"id": event["id"]}, token=token))
        assert found == {"__typename": "SecurityEvent", **event}


async def test_nothing_of_anybody_else_is_found(
    app: Starlette, auth: Auth, browser: Browser, ada: User
) -> None:
    """Nor what is no id, nor a session that has ended: null, whatever the reason."""
    _, seen = await everything(browser)
    await person(auth, "eve@example.com")
    eve = data(await Browser(app).ask(LOGIN, {**ADA, "email": "eve@example.com"}))["accessToken"]
    event = seen["securityEvents"]["edges"][0]["node"]["id"]
    ids = (str(ada.id), seen["sessions"][0]["id"], event, "x", "", event.upper() + "0")
    for id_ in ids:
        assert data(await browser.ask(NODE, {"id": id_}, token=eve)) is None
    await browser.ask("mutation { logout { __typename } }")
    other, _ = await everything(browser)
    assert data(await browser.ask(NODE, {"id": seen["sessions"][0]["id"]}, token=other)) is None


async def test_nobody_finds_nothing(browser: Browser, issued: Issued) -> None:
    """Without an access token there is nobody whose things could be looked at."""
    assert codes(await browser.ask(NODE, id=str(issued.user.id))) == ["UNAUTHENTICATED"]


def test_a_host_and_a_supergraph_keep_their_own() -> None:
    """Ours goes into neither, so that a `Node` of Relay's by Strawberry stands beside our types."""

    @strawberry.type
    class Fruit(strawberry.relay.Node):
        code: strawberry.relay.NodeID[str]

    @strawberry.type
    class Query(graph.AuthQuery):
        node: strawberry.relay.Node = strawberry.relay.node()

        @strawberry.field
        def fruit(self) -> Fruit:
            return Fruit(code="1")

    printed = strawberry.Schema(Query, graph.AuthMutation).as_str()
    assert "type Fruit implements Node" in printed
    assert "type Session {" in printed
    assert "Node" not in build_subgraph(introspection=True).as_str()
    assert "type Session implements Node {" in build_schema(introspection=True).as_str()

"""Subscriptions over a WebSocket: the token comes first, and the session's end is the socket's."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

import pytest
import strawberry
from apps import person
from frozen_clock import FrozenClock
from hosts import host
from people import BROWSER, PASSWORD, begin
from sockets import LEGACY_WS, Closed, Socket
from statements import Statements
from strawberry.permission import PermissionExtension
from waiting import until

from authberry import Auth, Issued, Viewer
from authberry.graph import AuthMutation, AuthQuery, IsAuthenticated, login_required, viewer
from authberry.models import User

pytestmark = pytest.mark.one_process("the host holds one Auth")

ACK = {"type": "connection_ack"}
FIVE_MINUTES = 300


@login_required(public={"ticks"})
@strawberry.type
class Subscription:
    """A host's."""

    @strawberry.subscription
    async def ticks(self) -> AsyncGenerator[int, None]:
        """For anybody, for ever."""
        number = 0
        while True:
            yield number
            number += 1
            await asyncio.sleep(0.01)

    @strawberry.subscription
    async def greetings(self, info: strawberry.Info) -> AsyncGenerator[str, None]:
        """For somebody, for ever."""
        while True:
            yield f"Hello, {(await viewer(info)).user.email}"
            await asyncio.sleep(0.01)

    @strawberry.subscription(extensions=[PermissionExtension([IsAuthenticated()])])
    async def once(self) -> AsyncGenerator[str, None]:
        """For somebody, once."""
        yield "once"


SCHEMA = strawberry.Schema(AuthQuery, AuthMutation, Subscription)
GREETINGS = {"query": "subscription { greetings }"}


def bearer(issued: Issued) -> dict[str, str]:
    """What a client puts into `connection_init`."""
    return {"Authorization": f"Bearer {issued.access_token.value}"}


async def until_closed(socket: Socket) -> Closed:
    """Read on."""
    while not isinstance(message := await socket.receive(), Closed):
        pass
    return message


async def test_a_subscription_knows_who_is_connected(
    auth: Auth, issued: Issued, integration: str
) -> None:
    """By the token of `connection_init`."""
    async with Socket(host(integration, SCHEMA, auth)) as socket:
        assert await socket.connect(**bearer(issued)) == ACK
        await socket.send(id="1", type="subscribe", payload=GREETINGS)
        assert await socket.receive() == {
            "id": "1",
            "type": "next",
            "payload": {"data": {"greetings": "Hello, ada@example.com"}},
        }


async def test_a_subscription_closes_when_its_session_is_revoked(
    auth: Auth, issued: Issued, integration: str
) -> None:
    """Within a second or so, and the client is told not to come back with this token."""
    async with Socket(host(integration, SCHEMA, auth)) as socket:
        await socket.connect(**bearer(issued))
        await socket.send(id="1", type="subscribe", payload={"query": "subscription { ticks }"})
        await socket.receive()
        await auth.sessions.revocation.revoke_by_id(issued.session.id, BROWSER)
        assert await until_closed(socket) == Closed(4401, "SESSION_REVOKED")


async def test_a_subscription_closes_when_its_session_is_renewed(
    auth: Auth, ada: User, issued: Issued
) -> None:
    """And the client is told to come back, with the token that the change was answered with."""
    async with Socket(host("asgi", SCHEMA, auth)) as socket:
        await socket.connect(**bearer(issued))
        renewed = await auth.accounts.password_changes.change(
            Viewer(ada, issued.session), PASSWORD, "another horse, another staple", BROWSER
        )
        assert await until_closed(socket) == Closed(4403, "SESSION_REVOKED")
    async with Socket(host("asgi", SCHEMA, auth)) as socket:
        assert await socket.connect(**bearer(issued)) == Closed(4403, "SESSION_REVOKED")
    async with Socket(host("asgi", SCHEMA, auth)) as socket:
        assert await socket.connect(**bearer(renewed)) == ACK


async def test_a_subscription_closes_when_its_token_expires(
    auth: Auth, issued: Issued, clock: FrozenClock
) -> None:
    """And the client is told to come back with a fresh one."""
    async with Socket(host("asgi", SCHEMA, auth)) as socket:
        await socket.connect(**bearer(issued))
        await socket.send(id="1", type="subscribe", payload={"query": "subscription { ticks }"})
        clock.tick(FIVE_MINUTES + 31)
        assert await until_closed(socket) == Closed(4403, "TOKEN_EXPIRED")


async def test_a_fresh_token_keeps_a_socket_open(
    auth: Auth, ada: User, issued: Issued, clock: FrozenClock
) -> None:
    """Without reconnecting: the protocol's `ping` has room for it."""
    async with Socket(host("asgi", SCHEMA, auth)) as socket:
        await socket.connect(**bearer(issued))
        clock.tick(FIVE_MINUTES - 10)
        fresh = await auth.sessions.refresh((issued.refresh_token,), BROWSER)
        await socket.send(type="ping", payload=bearer(fresh))
        assert await socket.receive() == {"type": "pong"}
        clock.tick(FIVE_MINUTES - 10)
        await asyncio.sleep(1.2)  # longer than it takes to notice
        assert (await socket.ask("{ me { email } }"))["data"] == {
            "me": {"email": "ada@example.com"}
        }


async def test_a_fresh_token_must_be_the_same_person_s(auth: Auth, issued: Issued) -> None:
    """What runs on a socket belongs to whoever began it."""
    bob = await begin(auth, await person(auth, "bob@example.com"))
    async with Socket(host("asgi", SCHEMA, auth)) as socket:
        await socket.connect(**bearer(issued))
        await socket.send(type="ping", payload=bearer(bob))
        assert await socket.receive() == Closed(4401, "TOKEN_OF_ANOTHER_PERSON")


async def test_a_plain_ping_is_answered(auth: Auth, issued: Issued) -> None:
    """As ever."""
    async with Socket(host("asgi", SCHEMA, auth)) as socket:
        await socket.connect(**bearer(issued))
        await socket.send(type="ping")
        assert await socket.receive() == {"type": "pong"}


BAD = [
    ({"Authorization": "Bearer garbage"}, Closed(4401, "TOKEN_INVALID")),
    ({"accessToken": "garbage"}, Closed(4401, "TOKEN_INVALID")),
    ({"accessToken": 7}, Closed(4401, "TOKEN_INVALID")),
    ({"Authorization": "Basic YTpi"}, Closed(4401, "TOKEN_INVALID")),
]


@pytest.mark.parametrize(("payload", "closed"), BAD)
async def test_a_bad_token_is_not_let_in(
    auth: Auth, integration: str, payload: dict[str, Any], closed: Closed
) -> None:
    """Rather than taken for nobody."""
    async with Socket(host(integration, SCHEMA, auth)) as socket:
        assert await socket.connect(**payload) == closed


async def test_whoever_connects_while_the_database_is_away_is_told_to_try_again(
    auth: Auth, issued: Issued, statements: Statements
) -> None:
    """Nothing is known of the session, so nobody is let in and nobody is logged out."""
    async with Socket(host("asgi", SCHEMA, auth)) as socket:
        with statements.broken():
            assert await socket.connect(**bearer(issued)) == Closed(1013, "SERVICE_UNAVAILABLE")


async def test_an_ended_session_and_an_expired_token_are_not_let_in(
    auth: Auth, issued: Issued, clock: FrozenClock
) -> None:
    """Each with its reason."""
    app = host("asgi", SCHEMA, auth)
    clock.tick(FIVE_MINUTES + 31)
    async with Socket(app) as socket:
        assert await socket.connect(**bearer(issued)) == Closed(4403, "TOKEN_EXPIRED")
    fresh = await auth.sessions.refresh((issued.refresh_token,), BROWSER)
    await auth.sessions.revocation.revoke_by_id(issued.session.id, BROWSER)
    async with Socket(app) as socket:
        assert await socket.connect(**bearer(fresh)) == Closed(4401, "SESSION_REVOKED")


@pytest.mark.parametrize("field", ["greetings", "once"])
async def test_nobody_in_particular_gets_what_is_public(auth: Auth, field: str) -> None:
    """A connection without a token is anonymous."""
    async with Socket(host("asgi", SCHEMA, auth)) as socket:
        assert await socket.connect() == ACK
        await socket.send(id="1", type="subscribe", payload={"query": "subscription { ticks }"})
        ticked = await socket.receive()
        assert isinstance(ticked, dict)
        assert ticked["payload"] == {"data": {"ticks": 0}}
        await socket.send(id="1", type="complete")
        await socket.send(
            id="2", type="subscribe", payload={"query": f"subscription {{ {field} }}"}
        )
        while not isinstance(message := await socket.receive(), Closed):
            if message["id"] == "2":
                break
        assert isinstance(message, dict)
        payload = message["payload"]
        errors = payload if isinstance(payload, list) else payload["errors"]
        assert errors[0]["extensions"] == {"code": "UNAUTHENTICATED", "reason": "TOKEN_MISSING"}


SECRETS = [
    'login(email: "ada@example.com", password: "x", transport: BODY)',
    "refreshToken",
    'refreshToken(refreshToken: "x")',
    "logout",
    'changePassword(currentPassword: "x", newPassword: "y")',
]


@pytest.mark.parametrize("field", SECRETS)
async def test_what_takes_or_gives_a_secret_is_refused_over_a_socket(
    auth: Auth, issued: Issued, integration: str, field: str
) -> None:
    """There is no response to set a cookie on, and no request to count."""
    headers = {"Cookie": f"refresh_token={issued.refresh_token}"}
    async with Socket(host(integration, SCHEMA, auth), headers=headers) as socket:
        await socket.connect(**bearer(issued))
        answer = await socket.ask(f"mutation {{ {field} {{ __typename }} }}")
    (error,) = answer["errors"]
    assert error["extensions"]["code"] == "BAD_REQUEST"
    assert error["message"] == "Send this by HTTP: it takes or gives a secret."


async def test_other_mutations_run_over_a_socket(auth: Auth, ada: User, issued: Issued) -> None:
    """They need nothing but the token."""
    other = await begin(auth, ada)
    async with Socket(host("asgi", SCHEMA, auth)) as socket:
        await socket.connect(**bearer(issued))
        answer = await socket.ask("mutation { revokeOtherSessions { count } }")
        assert answer["data"] == {"revokeOtherSessions": {"count": 1}}
        assert other.session.id != issued.session.id


ORIGINS = [
    ("https://evil.example.com", Closed(4403, "ORIGIN_NOT_ALLOWED")),
    ("null", Closed(4403, "ORIGIN_NOT_ALLOWED")),
    ("http://localhost:5173", ACK),
    ("http://127.0.0.1:8000", ACK),
]


@pytest.mark.parametrize(("origin", "outcome"), ORIGINS)
async def test_a_page_of_another_site_opens_no_socket(
    auth: Auth, issued: Issued, integration: str, origin: str, outcome: object
) -> None:
    """The rule for the cookie, for one who has a token or none."""
    for payload in ({}, bearer(issued)):
        async with Socket(host(integration, SCHEMA, auth), headers={"Origin": origin}) as socket:
            assert await socket.connect(**payload) == outcome


async def test_the_older_protocol_closes_likewise(auth: Auth, issued: Issued) -> None:
    """graphql-ws, where a second `connection_init` brings the fresh token."""
    async with Socket(host("asgi", SCHEMA, auth), protocol=LEGACY_WS) as socket:
        assert await socket.connect(**bearer(issued)) == ACK
        await socket.send(id="1", type="start", payload=GREETINGS)
        assert await socket.receive() == {
            "id": "1",
            "type": "data",
            "payload": {"data": {"greetings": "Hello, ada@example.com"}},
        }
        await auth.sessions.revocation.revoke_by_id(issued.session.id, BROWSER)
        assert await until_closed(socket) == Closed(4401, "SESSION_REVOKED")


async def test_who_waits_for_nothing_is_let_go(auth: Auth, issued: Issued) -> None:
    """No task outlives its socket."""
    before = len(asyncio.all_tasks())
    async with Socket(host("asgi", SCHEMA, auth)) as socket:
        await socket.connect(**bearer(issued))
        await socket.send(id="1", type="subscribe", payload=GREETINGS)
        await socket.receive()
    await until(lambda: len(asyncio.all_tasks()) == before)

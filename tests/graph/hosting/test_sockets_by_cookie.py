"""Subscriptions whose WebSocket was opened with the session's cookie, and nothing else."""

from collections.abc import AsyncGenerator

import pytest
import strawberry
from apps import person
from frozen_clock import FrozenClock
from hosts import host
from people import BROWSER, PASSWORD, begin
from sockets import Closed, Socket
from strawberry.permission import PermissionExtension

from authberry import Auth, Issued, RefreshTokenTransport
from authberry.graph import AuthMutation, AuthQuery, IsAuthenticated, RecentLogin, viewer
from authberry.logins import PresentedProof
from authberry.models import User

pytestmark = pytest.mark.one_process("the host holds one Auth")

ACK = {"type": "connection_ack"}
OWN = "http://127.0.0.1:8000"


@strawberry.type
class Subscription:
    """A host's."""

    @strawberry.subscription
    async def anybody(self) -> AsyncGenerator[str, None]:
        """For anybody, once."""
        yield "hello"

    @strawberry.subscription(extensions=[PermissionExtension([IsAuthenticated()])])
    async def somebody(self, info: strawberry.Info) -> AsyncGenerator[str, None]:
        """For somebody, once."""
        yield (await viewer(info)).user.email

    @strawberry.subscription(extensions=[PermissionExtension([RecentLogin(max_age=300)])])
    async def recently(self) -> AsyncGenerator[str, None]:
        """For somebody who has just proved who they are, once."""
        yield "once"


SCHEMA = strawberry.Schema(AuthQuery, AuthMutation, Subscription)


@pytest.fixture
async def session(auth: Auth, ada: User) -> Issued:
    """A session of Ada's that a cookie stands for."""
    return await begin(auth, ada, transport=RefreshTokenTransport.SESSION)


def socket(auth: Auth, session: Issued, integration: str = "asgi", **headers: str) -> Socket:
    """A socket that a browser opens, which sends the cookie along."""
    sent = {"cookie": f"authberry_session={session.refresh_token}", "origin": OWN, **headers}
    return Socket(host(integration, SCHEMA, auth), headers=sent)


async def until_closed(connection: Socket) -> Closed:
    """Read on."""
    while not isinstance(message := await connection.receive(), Closed):
        pass
    return message


async def first(connection: Socket, field: str) -> object:
    """What a subscription yields first."""
    await connection.send(
        id="1", type="subscribe", payload={"query": f"subscription {{ {field} }}"}
    )
    message = await connection.receive()
    assert not isinstance(message, Closed)
    payload = message["payload"]
    return payload["data"][field] if message["type"] == "next" else payload[0]["extensions"]


async def test_it_knows_who_is_connected(auth: Auth, session: Issued, integration: str) -> None:
    """With no token in `connection_init`."""
    async with socket(auth, session, integration) as connection:
        assert await connection.connect() == ACK
        assert await first(connection, "somebody") == "ada@example.com"


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "http://127.0.0.1.evil.example", "http://[::1"]
)
async def test_a_page_of_another_site_is_not_let_in(
    auth: Auth, session: Issued, origin: str
) -> None:
    """Its browser would send the cookie along."""
    async with socket(auth, session, origin=origin) as connection:
        assert await connection.connect() == Closed(4403, "ORIGIN_NOT_ALLOWED")


async def test_it_closes_when_its_session_ends(auth: Auth, session: Issued) -> None:
    """By a logout anywhere; and the client is told not to come back."""
    async with socket(auth, session) as connection:
        await connection.connect()
        await auth.sessions.revocation.revoke_by_id(session.session.id, BROWSER)
        assert await until_closed(connection) == Closed(4401, "SESSION_REVOKED")


async def test_with_a_dead_cookie_it_is_anybody_s(auth: Auth, session: Issued) -> None:
    """As over HTTP: what is for anybody goes on."""
    await auth.sessions.revocation.revoke_by_id(session.session.id, BROWSER)
    async with socket(auth, session) as connection:
        assert await connection.connect() == ACK
        assert await first(connection, "anybody") == "hello"
    async with socket(auth, session) as connection:
        await connection.connect()
        refusal = await first(connection, "somebody")
        assert refusal == {"code": "UNAUTHENTICATED", "reason": "TOKEN_MISSING"}


async def test_a_new_password_has_it_come_back_with_the_new_cookie(
    auth: Auth, ada: User, session: Issued
) -> None:
    """The old one is closed, and told to try again."""
    asking = await auth.sessions.cookies.viewer((session.refresh_token,))
    async with socket(auth, session) as connection:
        await connection.connect()
        renewed = await auth.accounts.password_changes.change(
            asking, PASSWORD, "another horse, another staple", BROWSER
        )
        assert await until_closed(connection) == Closed(4403, "SESSION_REVOKED")
    async with socket(auth, session) as connection:
        assert await connection.connect() == Closed(4403, "SESSION_REVOKED")
    async with socket(auth, renewed) as connection:
        assert await connection.connect() == ACK
        assert await first(connection, "somebody") == "ada@example.com"


async def test_a_proof_elsewhere_is_not_known_to_it(
    auth: Auth, session: Issued, clock: FrozenClock
) -> None:
    """It goes on as who it was opened by; what wants the proof wants the new cookie."""
    clock.tick(3600)
    asking = await auth.sessions.cookies.viewer((session.refresh_token,))
    async with socket(auth, session) as connection:
        await connection.connect()
        proved = await auth.logins.step_up.reauthenticate(
            asking, PresentedProof(password=PASSWORD), BROWSER
        )
        clock.tick(60)
        assert await first(connection, "somebody") == "ada@example.com"
    async with socket(auth, proved) as connection:
        await connection.connect()
        assert await first(connection, "recently") == "once"


async def test_a_token_of_another_person_is_refused(
    auth: Auth, session: Issued, clock: FrozenClock
) -> None:
    """Whose connection it is would depend on who looks."""
    grace = await person(auth, "grace@example.com")
    hers = await begin(auth, grace)
    async with socket(auth, session) as connection:
        bearer = {"Authorization": f"Bearer {hers.access_token.value}"}
        assert await connection.connect(**bearer) == Closed(4401, "TOKEN_OF_ANOTHER_PERSON")

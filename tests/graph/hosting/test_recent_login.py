"""`RecentLogin` in a host's schema: what a field wants of a login, over HTTP and sockets."""

from collections.abc import AsyncGenerator
from typing import Any

import pytest
import strawberry
from apps import person
from browser import Browser, data, errors
from documents import REFRESH_TOKEN
from frozen_clock import FrozenClock
from hosts import host
from people import PASSWORD, PHONE, begin, refresh
from second_factors import REAUTHENTICATE, with_app
from sockets import Socket
from starlette.applications import Starlette
from strawberry.permission import PermissionExtension

from authberry import Auth, Issued
from authberry.graph import AuthMutation, AuthQuery, RecentLogin
from authberry.models import User

pytestmark = pytest.mark.one_process("the host holds one Auth")

FIVE_MINUTES = 300


@strawberry.type
class Query(AuthQuery):
    """A host's."""

    @strawberry.field(extensions=[PermissionExtension([RecentLogin(max_age=FIVE_MINUTES)])])
    def balance(self) -> int:
        """For somebody of just now."""
        return 12

    @strawberry.field(extensions=[PermissionExtension([RecentLogin(acr="aal2")])])
    def vault(self) -> int:
        """For somebody who has proved two factors."""
        return 34

    @strawberry.field(extensions=[PermissionExtension([RecentLogin(max_age=60, acr="phr")])])
    def safe(self) -> int:
        """For somebody with a passkey, a minute ago at most."""
        return 56


@strawberry.type
class Subscription:
    """A host's."""

    @strawberry.subscription(extensions=[PermissionExtension([RecentLogin(max_age=FIVE_MINUTES)])])
    async def balances(self) -> AsyncGenerator[int, None]:
        """For somebody of just now, once."""
        yield 12


SCHEMA = strawberry.Schema(Query, AuthMutation, Subscription)
WANTED: dict[str, Any] = {"code": "UNAUTHENTICATED", "reason": "STEP_UP_REQUIRED"}


async def test_a_login_is_recent_for_as_long_as_the_field_says(
    auth: Auth, ada: User, integration: str, clock: FrozenClock
) -> None:
    """Refused after 301 s, good behind a proof of now; a refresh freshens nothing."""
    browser = Browser(host(integration, SCHEMA, auth))
    issued = await begin(auth, ada)
    clock.time = issued.session.authenticated_at.replace(microsecond=0)
    clock.tick(FIVE_MINUTES)
    token = (await refresh(auth, issued.refresh_token)).access_token.value
    assert data(await browser.ask("{ balance }", token=token)) == 12
    clock.tick(1)
    refreshed = await refresh(auth, issued.refresh_token)
    for old in (token, refreshed.access_token.value):
        refused = errors(await browser.ask("{ balance }", token=old))
        assert refused == [
            ("Prove once more who you are.", {**WANTED, "acrValues": [], "maxAge": 300})
        ]
    proof = {"password": PASSWORD}
    raised = data(await browser.ask(REAUTHENTICATE, token=old, proof=proof))
    assert data(await browser.ask("{ balance }", token=raised["accessToken"])) == 12
    # The token of before the proof says what it said.
    assert errors(await browser.ask("{ balance }", token=old))[0][1]["maxAge"] == 300


async def test_a_field_may_want_a_level(
    auth: Auth, ada: User, integration: str, clock: FrozenClock
) -> None:
    """Whoever lacks it is told which, and is let in with a token that says it."""
    browser = Browser(host(integration, SCHEMA, auth))
    phone = await with_app(auth, ada)
    token = (await begin(auth, ada)).access_token.value
    refused = errors(await browser.ask("{ vault }", token=token))
    assert refused[0][1] == {**WANTED, "acrValues": ["aal2"], "maxAge": None}
    proof = {"totpCode": phone.next_code(clock.tick)}
    raised = data(await browser.ask(REAUTHENTICATE, token=token, proof=proof))
    assert data(await browser.ask("{ vault }", token=raised["accessToken"])) == 34
    refused = errors(await browser.ask("{ safe }", token=raised["accessToken"]))
    assert refused[0][1] == {**WANTED, "acrValues": ["phr"], "maxAge": 60}


async def test_a_stranger_is_no_recent_login(auth: Auth, issued: Issued, integration: str) -> None:
    """Nor is somebody whose session has ended, whatever their token says."""
    browser = Browser(host(integration, SCHEMA, auth))
    for token, reason in ((None, "TOKEN_MISSING"), ("garbage", "TOKEN_INVALID")):
        refused = errors(await browser.ask("{ balance }", token=token))
        assert refused[0][1]["reason"] == reason
    await auth.sessions.revocation.revoke_by_id(issued.session.id, PHONE)
    refused = errors(await browser.ask("{ balance }", token=issued.access_token.value))
    assert refused[0][1]["reason"] == "SESSION_REVOKED"


async def test_a_socket_is_asked_as_a_request_is(
    auth: Auth, ada: User, integration: str, clock: FrozenClock
) -> None:
    """By the token of `connection_init`: an old login stays old for as long as it is open."""
    issued = await begin(auth, ada)
    header = {"Authorization": f"Bearer {issued.access_token.value}"}
    async with Socket(host(integration, SCHEMA, auth)) as socket:
        await socket.connect(**header)
        assert await socket.ask("subscription { balances }") == {"data": {"balances": 12}}
    clock.tick(299)
    again = (await refresh(auth, issued.refresh_token)).access_token.value
    clock.tick(30)
    async with Socket(host(integration, SCHEMA, auth)) as socket:
        await socket.connect(Authorization=f"Bearer {again}")
        await socket.send(id="1", type="subscribe", payload={"query": "subscription { balances }"})
        answer = await socket.receive()
        assert isinstance(answer, dict)
        refused = answer["payload"]
        first = refused[0] if isinstance(refused, list) else refused["errors"][0]
        assert first["extensions"] == {**WANTED, "acrValues": [], "maxAge": 300}
    app = host(integration, SCHEMA, auth)
    proof = {"password": PASSWORD}
    raised = data(await Browser(app).ask(REAUTHENTICATE, token=again, proof=proof))
    async with Socket(app) as socket:
        await socket.connect(Authorization=f"Bearer {raised['accessToken']}")
        assert await socket.ask("subscription { balances }") == {"data": {"balances": 12}}


def test_the_schema_definition_says_what_a_field_wants() -> None:
    """For those who read it, and for programs that compose it."""
    sdl = SCHEMA.as_str()
    assert "directive @requiresLogin(" in sdl
    assert "balance: Int! @requiresLogin(maxAge: 300)" in sdl
    assert 'safe: Int! @requiresLogin(acr: "phr", maxAge: 60)' in sdl


@pytest.mark.parametrize("wrong", [{}, {"acr": "aal3"}, {"acr": ""}])
def test_what_no_login_is_is_refused_when_the_schema_is_built(wrong: dict[str, str]) -> None:
    """Nobody could ever come up to it."""
    with pytest.raises(ValueError, match="RecentLogin"):
        RecentLogin(**wrong)  # type: ignore[arg-type]


async def test_our_own_fields_say_in_a_header_what_they_want(
    app: Starlette, auth: Auth, ada: User, clock: FrozenClock
) -> None:
    """RFC 9470, section 3; where the whole answer is that refusal, and not beside data."""
    browser = Browser(app)
    await with_app(auth, ada)
    issued = await begin(auth, ada)
    clock.tick(301)
    answer = data(await browser.ask(REFRESH_TOKEN, {"refreshToken": issued.refresh_token}))
    token, document = answer["accessToken"], "mutation { beginTotpEnrollment { secret } }"
    refused = await browser.ask(document, token=token)
    assert errors(refused)[0][1] == {**WANTED, "acrValues": ["aal2"], "maxAge": 300}
    assert refused.headers["www-authenticate"] == (
        'Bearer error="insufficient_user_authentication", acr_values="aal2", max_age="300"'
    )
    bob = (await begin(auth, await person(auth, "bob@example.com"))).refresh_token
    clock.tick(301)
    answer = data(await browser.ask(REFRESH_TOKEN, {"refreshToken": bob}))
    refused = await browser.ask(document, token=answer["accessToken"])
    assert refused.headers["www-authenticate"] == (
        'Bearer error="insufficient_user_authentication", max_age="300"'
    )
    mixed = await browser.ask(
        f'mutation {{ updateProfile(name: "Bob") {{ __typename }} {document[11:]}',
        token=answer["accessToken"],
    )
    assert mixed.json()["data"]["updateProfile"]
    assert "www-authenticate" not in mixed.headers

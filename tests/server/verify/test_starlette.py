"""A Starlette application that verifies: who is asking, and what they are told if nobody is."""

from collections.abc import AsyncIterator

import httpx
import pytest
from frozen_clock import FrozenClock
from issuer import ADA, Issuer
from key_server import KeyServer, response
from starlette.applications import Starlette
from starlette.authentication import requires
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from authberry import AccessTokenVerifier
from authberry.server.verify.starlette import authentication, requires_recent_login


async def who(request: Request) -> JSONResponse:
    """Anybody may ask."""
    return JSONResponse(
        [request.user.is_authenticated, request.user.display_name, request.auth.scopes]
    )


@requires("authenticated", status_code=401)
async def orders(request: Request) -> JSONResponse:
    """Somebody may."""
    return JSONResponse([request.user.identity, str(request.user.claims.session_id)])


@requires("role:admin")
async def everything(request: Request) -> JSONResponse:
    """Some may."""
    return JSONResponse("everything")


async def pay(request: Request) -> JSONResponse:
    """Some may who have just logged in, and strongly."""
    return JSONResponse(request.user.identity)


@pytest.fixture
async def client(verifier: AccessTokenVerifier) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody who asks it."""
    guarded = requires_recent_login(verifier, max_age=300, acr="aal2")(pay)
    routes = [
        Route("/who", who),
        Route("/orders", orders),
        Route("/everything", everything),
        Route("/pay", guarded),
    ]
    app = Starlette(routes=routes, middleware=[authentication(verifier)])
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://api") as client:
        yield client


def bearing(token: str) -> dict[str, str]:
    """The header of a request with a token."""
    return {"Authorization": f"Bearer {token}"}


async def test_a_token_makes_somebody_of_a_request(
    client: httpx.AsyncClient, issuer: Issuer
) -> None:
    """With the person's id, and their roles as scopes."""
    answer = await client.get("/who", headers=bearing(issuer.token(roles=["admin", "staff"])))
    assert answer.json() == [True, str(ADA), ["authenticated", "role:admin", "role:staff"]]
    assert (await client.get("/orders", headers=bearing(issuer.token()))).json()[0] == str(ADA)


async def test_without_a_token_a_request_is_anonymous(client: httpx.AsyncClient) -> None:
    """Another scheme is none either; what needs somebody says so."""
    for headers in ({}, {"Authorization": "Basic YWRhOnB3"}):
        answer = await client.get("/who", headers=headers)
        assert answer.json() == [False, "", []]
    assert (await client.get("/orders")).status_code == 401


async def test_a_role_is_a_scope(client: httpx.AsyncClient, issuer: Issuer) -> None:
    """As it was when the token was issued."""
    answer = await client.get("/everything", headers=bearing(issuer.token()))
    assert answer.json() == "everything"
    answer = await client.get("/everything", headers=bearing(issuer.token(roles=["administrator"])))
    assert answer.status_code == 403


async def test_an_endpoint_wants_a_login_that_is_recent_and_strong(
    client: httpx.AsyncClient, issuer: Issuer, clock: FrozenClock
) -> None:
    """Else it says what it wants, in a header and in the body (RFC 9470), at the second."""
    strong = issuer.token(acr="phr", exp=int(clock.now().timestamp()) + 900)
    clock.tick(299)
    assert (await client.get("/pay", headers=bearing(strong))).json() == str(ADA)
    clock.tick(1)
    for token in (strong, issuer.token(), issuer.token(acr="aal1"), issuer.token(acr="aal3")):
        answer = await client.get("/pay", headers=bearing(token))
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"] == (
            'Bearer error="insufficient_user_authentication", acr_values="aal2", max_age="300"'
        )
        extensions = {
            "code": "UNAUTHENTICATED",
            "reason": "STEP_UP_REQUIRED",
            "acrValues": ["aal2"],
            "maxAge": 300,
        }
        message = "Prove once more who you are."
        assert answer.json() == {"errors": [{"message": message, "extensions": extensions}]}


async def test_whoever_has_no_token_is_told_to_bring_one(client: httpx.AsyncClient) -> None:
    """Not to step up, which nobody can who is nobody."""
    answer = await client.get("/pay")
    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer")
    assert answer.json()["errors"][0]["extensions"]["reason"] == "TOKEN_MISSING"


async def test_a_bad_token_is_refused_with_a_reason(
    client: httpx.AsyncClient, issuer: Issuer, clock: FrozenClock
) -> None:
    """Even where anybody may ask: 401, as RFC 6750 has it, in the words of the server."""
    old = issuer.token()
    clock.tick(330)
    for headers, reason, message in (
        ([("Authorization", f"Bearer {old}")], "TOKEN_EXPIRED", "The access token has expired."),
        ([("Authorization", "Bearer x")], "TOKEN_INVALID", "The access token is not valid."),
        (
            [("Authorization", f"Bearer {issuer.token()}")] * 2,
            "TOKEN_INVALID",
            "The access token is not valid.",
        ),
    ):
        answer = await client.get("/who", headers=headers)
        assert answer.status_code == 401
        assert (
            answer.headers["WWW-Authenticate"]
            == f'Bearer error="invalid_token", error_description="{message}"'
        )
        extensions = {"code": "UNAUTHENTICATED", "reason": reason}
        assert answer.json() == {"errors": [{"message": message, "extensions": extensions}]}


async def test_without_keys_it_is_unavailable(
    client: httpx.AsyncClient, key_server: KeyServer, issuer: Issuer
) -> None:
    """503 for whoever has a token, which may be good; nothing of why; others are served."""
    key_server.answer = response(b"the database password is hunter2", status=b"500 x")
    answer = await client.get("/who", headers=bearing(issuer.token()))
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
    message = "The service cannot answer right now. Try again shortly."
    extensions = {"code": "SERVICE_UNAVAILABLE", "retryAfter": 1}
    assert answer.json() == {"errors": [{"message": message, "extensions": extensions}]}
    assert (await client.get("/who")).status_code == 200

"""A FastAPI application that verifies: claims where they are asked for, and in its OpenAPI."""

from collections.abc import AsyncIterator
from typing import Annotated

import httpx
import pytest
from fastapi import Depends, FastAPI
from frozen_clock import FrozenClock
from issuer import ADA, Issuer
from key_server import KeyServer, response

from authberry import AccessTokenVerifier, Claims
from authberry.server.verify.fastapi import Bearer


@pytest.fixture
def app(verifier: AccessTokenVerifier) -> FastAPI:
    """With an endpoint for anybody, one for somebody and one for some."""
    app, bearer = FastAPI(), Bearer(verifier)

    @app.get("/offers")
    async def offers(claims: Annotated[Claims | None, Depends(bearer.optional)]) -> str | None:
        return str(claims.user_id) if claims else None

    @app.get("/orders")
    async def orders(claims: Annotated[Claims, Depends(bearer)]) -> str:
        return str(claims.user_id)

    @app.get("/everything")
    async def everything(claims: Annotated[Claims, Depends(bearer.with_role("admin"))]) -> str:
        return str(claims.user_id)

    @app.post("/pay", dependencies=[Depends(bearer.with_recent_login(max_age=300, acr="aal2"))])
    async def pay() -> str:
        return "paid"

    @app.post("/sign", dependencies=[Depends(bearer.with_recent_login(acr="phr"))])
    async def sign() -> str:
        return "signed"

    return app


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody who asks it."""
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://api") as client:
        yield client


async def ask(client: httpx.AsyncClient, path: str, *tokens: str) -> httpx.Response:
    """Ask with a token, or with none, or with two."""
    return await client.get(path, headers=[("Authorization", f"Bearer {one}") for one in tokens])


async def test_a_dependency_gives_the_claims(client: httpx.AsyncClient, issuer: Issuer) -> None:
    """Where somebody is required, where somebody may be, and where it takes a role."""
    for path in ("/offers", "/orders", "/everything"):
        answer = await ask(client, path, issuer.token())
        assert (answer.status_code, answer.json()) == (200, str(ADA))
    assert (await client.get("/offers")).json() is None


async def test_a_request_without_a_token_is_told_to_bring_one(client: httpx.AsyncClient) -> None:
    """Without an error, since none was made (RFC 6750, section 3.1)."""
    for path in ("/orders", "/everything"):
        answer = await client.get(path)
        assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer")
        assert answer.json()["detail"] == {
            "message": "No access token was sent.",
            "code": "UNAUTHENTICATED",
            "reason": "TOKEN_MISSING",
        }


async def test_a_bad_token_is_refused_with_a_reason(
    client: httpx.AsyncClient, issuer: Issuer, clock: FrozenClock
) -> None:
    """Also where a request without one is served: whoever sends it means to be somebody."""
    old = issuer.token()
    clock.tick(330)
    for path in ("/offers", "/orders", "/everything"):
        for tokens, reason in (
            ([old], "TOKEN_EXPIRED"),
            (["x"], "TOKEN_INVALID"),
            ([issuer.token(aud="another")], "TOKEN_INVALID"),
            ([issuer.token(), issuer.token()], "TOKEN_INVALID"),
        ):
            answer = await ask(client, path, *tokens)
            assert answer.status_code == 401
            assert answer.headers["WWW-Authenticate"].startswith('Bearer error="invalid_token"')
            assert answer.json()["detail"]["reason"] == reason


async def test_somebody_without_the_role_may_not(client: httpx.AsyncClient, issuer: Issuer) -> None:
    """403, and the token is not to blame."""
    answer = await ask(client, "/everything", issuer.token(roles=["staff"]))
    assert answer.status_code == 403
    assert answer.headers["WWW-Authenticate"] == 'Bearer error="insufficient_scope"'
    assert answer.json()["detail"] == {"message": "You may not do this.", "code": "FORBIDDEN"}


async def test_a_dependency_wants_a_login_that_is_recent_and_strong(
    client: httpx.AsyncClient, issuer: Issuer, clock: FrozenClock
) -> None:
    """Else it says what it wants, in a header and in the body (RFC 9470), at the second."""
    strong = issuer.token(acr="aal2", exp=int(clock.now().timestamp()) + 900)
    clock.tick(299)
    headers = {"Authorization": f"Bearer {strong}"}
    assert (await client.post("/pay", headers=headers)).json() == "paid"
    clock.tick(1)
    for token in (strong, issuer.token(), issuer.token(acr="aal1")):
        answer = await client.post("/pay", headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"] == (
            'Bearer error="insufficient_user_authentication", acr_values="aal2", max_age="300"'
        )
        assert answer.json()["detail"] == {
            "message": "Prove once more who you are.",
            "code": "UNAUTHENTICATED",
            "reason": "STEP_UP_REQUIRED",
            "acrValues": ["aal2"],
            "maxAge": 300,
        }
    answer = await client.post("/sign", headers=headers)
    challenge = 'Bearer error="insufficient_user_authentication", acr_values="phr"'
    assert answer.headers["WWW-Authenticate"] == challenge
    assert (await client.post("/pay")).headers["WWW-Authenticate"] == "Bearer"


async def test_without_keys_it_is_unavailable(
    client: httpx.AsyncClient, key_server: KeyServer, issuer: Issuer
) -> None:
    """503 for whoever has a token, which may be good."""
    key_server.answer = response(b"", status=b"500 x")
    for path in ("/offers", "/orders", "/everything"):
        answer = await ask(client, path, issuer.token())
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
        assert answer.json()["detail"]["code"] == "SERVICE_UNAVAILABLE"
    assert (await client.get("/offers")).status_code == 200


async def test_openapi_says_what_to_send(app: FastAPI) -> None:
    """One scheme, under its name, at each endpoint that looks at the token."""
    document = app.openapi()
    assert document["components"]["securitySchemes"] == {
        "accessToken": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
    }
    for path in ("/offers", "/orders", "/everything"):
        described = document["paths"][path]["get"]
        assert described["security"] == [{"accessToken": []}]
        assert "parameters" not in described

"""A service that has nothing but the keys asks for a recent login, or for a strong one."""

from typing import Annotated, Any

import httpx
import pytest
from fastapi import Depends, FastAPI
from frozen_clock import FrozenClock
from issuer import Issuer

from authberry import AccessTokenVerifier, Claims
from authberry.errors import StepUpRequired
from authberry.server.verify.fastapi import Bearer


@pytest.fixture
def client(verifier: AccessTokenVerifier) -> httpx.AsyncClient:
    """Somebody who asks a FastAPI application for what wants both."""
    app, bearer = FastAPI(), Bearer(verifier)
    recent = bearer.with_recent_login(max_age=300, acr="aal2")

    @app.post("/payments")
    async def pay(claims: Annotated[Claims, Depends(recent)]) -> str:
        return claims.acr

    transport = httpx.ASGITransport(app)
    return httpx.AsyncClient(transport=transport, base_url="http://api")


async def pay(client: httpx.AsyncClient, token: str) -> httpx.Response:
    """Ask."""
    return await client.post("/payments", headers={"Authorization": f"Bearer {token}"})


@pytest.mark.parametrize("acr", ["aal2", "phr"])
async def test_a_recent_login_of_the_level_or_a_higher_one_is_let_in(
    client: httpx.AsyncClient, issuer: Issuer, clock: FrozenClock, acr: str
) -> None:
    """Up to the last second."""
    now = int(clock.now().timestamp())
    answer = await pay(client, issuer.token(acr=acr, auth_time=now - 299))
    assert (answer.status_code, answer.json()) == (200, acr)


@pytest.mark.parametrize(
    "lacks",
    [{"acr": "aal2", "age": 301}, {"acr": "aal1", "age": 0}, {"acr": "aal9", "age": 0}, {"age": 0}],
    ids=["old", "weak", "of a level nobody knows", "of an older server"],
)
async def test_another_is_told_what_it_lacks(
    client: httpx.AsyncClient, issuer: Issuer, clock: FrozenClock, lacks: dict[str, Any]
) -> None:
    """RFC 9470, section 3: in the header, and in the body for who reads that."""
    claims = {**lacks, "auth_time": int(clock.now().timestamp()) - lacks["age"]}
    answer = await pay(client, issuer.token(None, **claims))
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == (
        'Bearer error="insufficient_user_authentication", acr_values="aal2", max_age="300"'
    )
    assert answer.json()["detail"] == {
        "message": "Prove once more who you are.",
        "code": "UNAUTHENTICATED",
        "reason": "STEP_UP_REQUIRED",
        "acrValues": ["aal2"],
        "maxAge": 300,
    }


async def test_the_verifier_alone_can_ask(verifier: AccessTokenVerifier, issuer: Issuer) -> None:
    """Without any framework."""
    claims = await verifier.verify(issuer.token(acr="aal2", amr=["pwd", "otp", "mfa"]))
    verifier.require_recent(claims, max_age=300, acr="aal2")
    with pytest.raises(StepUpRequired):
        verifier.require_recent(claims, acr="phr")


@pytest.mark.parametrize("acr", [5, None, ["aal2"], True])
async def test_a_level_that_is_no_word_is_no_token_of_ours(
    client: httpx.AsyncClient, issuer: Issuer, acr: object
) -> None:
    """Whatever signed it."""
    answer = await pay(client, issuer.token(acr=acr))
    assert answer.status_code == 401
    assert "invalid_token" in answer.headers["www-authenticate"]

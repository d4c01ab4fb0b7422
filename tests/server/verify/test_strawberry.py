"""A Strawberry schema that verifies: claims in a resolver, under either of its integrations."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import strawberry
from fastapi import FastAPI
from frozen_clock import FrozenClock
from issuer import ADA, Issuer
from key_server import KeyServer, response
from strawberry.asgi import GraphQL
from strawberry.fastapi import BaseContext, GraphQLRouter

from authberry import AccessTokenVerifier
from authberry.server.verify.strawberry import Bearer

Extensions = dict[str, Any]


class Shop(BaseContext):
    """A context of the host's own."""


def schema_of(verifier: AccessTokenVerifier) -> strawberry.Schema:
    """With a field for anybody, one for somebody and one for some."""
    bearer = Bearer(verifier)

    @strawberry.type
    class Query:
        @strawberry.field
        async def offers(self, info: strawberry.Info) -> str | None:
            claims = await bearer.claims_or_none(info)
            return str(claims.user_id) if claims else None

        @strawberry.field
        async def orders(self, info: strawberry.Info) -> str | None:
            return str((await bearer.claims(info)).user_id)

        @strawberry.field
        async def everything(self, info: strawberry.Info) -> str | None:
            return str((await bearer.claims(info, role="admin")).user_id)

        @strawberry.field
        async def payment(self, info: strawberry.Info) -> str | None:
            return str((await bearer.claims(info, max_age=300, acr="aal2")).user_id)

    return strawberry.Schema(Query)


@pytest.fixture(params=["Starlette", "FastAPI", "FastAPI with a context of its own"])
async def client(
    request: pytest.FixtureRequest, verifier: AccessTokenVerifier
) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody who asks it."""
    schema = schema_of(verifier)
    app: Any = GraphQL(schema)
    if request.param != "Starlette":
        app = FastAPI()
        getter = Shop if request.param.endswith("own") else None
        app.include_router(GraphQLRouter[Any, Any](schema, path="/", context_getter=getter))
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://api"
    ) as client:
        yield client


async def ask(
    client: httpx.AsyncClient, document: str, *tokens: str
) -> tuple[dict[str, str | None], list[Extensions]]:
    """Ask with a token, or with none, or with two."""
    headers = [("Authorization", f"Bearer {one}") for one in tokens]
    answer = await client.post("/", json={"query": document}, headers=headers)
    body = answer.json()
    return body["data"], [error["extensions"] for error in body.get("errors", [])]


async def test_a_resolver_has_the_claims(client: httpx.AsyncClient, issuer: Issuer) -> None:
    """As often as fields ask."""
    data, errors = await ask(client, "{ offers orders everything again: orders }", issuer.token())
    assert data == dict.fromkeys(("offers", "orders", "everything", "again"), str(ADA))
    assert errors == []


async def test_a_field_that_needs_somebody_says_why_it_refuses(
    client: httpx.AsyncClient, issuer: Issuer, clock: FrozenClock
) -> None:
    """In the words of the server; what is public is answered all the same."""
    old = issuer.token()
    clock.tick(330)
    for tokens, reason in (
        ([], "TOKEN_MISSING"),
        ([old], "TOKEN_EXPIRED"),
        (["x"], "TOKEN_INVALID"),
        ([issuer.token(), issuer.token()], "TOKEN_INVALID"),
    ):
        data, errors = await ask(client, "{ offers orders everything }", *tokens)
        assert data == {"offers": None, "orders": None, "everything": None}
        assert errors == [{"code": "UNAUTHENTICATED", "reason": reason}] * 2


async def test_somebody_without_the_role_may_not(client: httpx.AsyncClient, issuer: Issuer) -> None:
    """And may do the rest."""
    data, errors = await ask(client, "{ orders everything }", issuer.token(roles=[]))
    assert data == {"orders": str(ADA), "everything": None}
    assert errors == [{"code": "FORBIDDEN"}]


async def test_a_field_wants_a_login_that_is_recent_and_strong(
    client: httpx.AsyncClient, issuer: Issuer, clock: FrozenClock
) -> None:
    """Else it says what it wants, in its error and in a header (RFC 9470), at the second."""
    strong = issuer.token(acr="phr", exp=int(clock.now().timestamp()) + 900)
    clock.tick(299)
    assert await ask(client, "{ payment }", strong) == ({"payment": str(ADA)}, [])
    clock.tick(1)
    for token in (strong, issuer.token(), issuer.token(acr="aal1")):
        answer = await client.post(
            "/", json={"query": "{ payment }"}, headers={"Authorization": f"Bearer {token}"}
        )
        assert answer.headers["WWW-Authenticate"] == (
            'Bearer error="insufficient_user_authentication", acr_values="aal2", max_age="300"'
        )
        (error,) = answer.json()["errors"]
        assert error["message"] == "Prove once more who you are."
        assert error["extensions"] == {
            "code": "UNAUTHENTICATED",
            "reason": "STEP_UP_REQUIRED",
            "acrValues": ["aal2"],
            "maxAge": 300,
        }
    answer = await client.post("/", json={"query": "{ payment }"})
    assert "WWW-Authenticate" not in answer.headers
    assert answer.json()["errors"][0]["extensions"]["reason"] == "TOKEN_MISSING"


async def test_without_keys_it_is_unavailable(
    client: httpx.AsyncClient, key_server: KeyServer, issuer: Issuer
) -> None:
    """For whoever has a token, which may be good; nobody is taken for anonymous meanwhile."""
    key_server.answer = response(b"", status=b"500 x")
    unavailable = {"code": "SERVICE_UNAVAILABLE", "retryAfter": 1}
    assert (await ask(client, "{ offers orders }", issuer.token()))[1] == [unavailable] * 2
    assert (await ask(client, "{ offers }"))[1] == []

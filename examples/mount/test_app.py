"""The shop, used as a browser uses it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

URL = "http://127.0.0.1:8000"
ADA = {"email": "ada@example.com", "password": "correct horse battery staple"}
REGISTER = """
mutation ($email: String!, $password: String!) {
  register(email: $email, password: $password) { ... on AuthPayload { accessToken } }
}"""
REFRESH = "mutation { refreshToken { ... on AuthPayload { accessToken } } }"
LOGOUT = "mutation { logout { ... on LoggedOut { ok } } }"


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    """The shop, on an empty database."""
    monkeypatch.setenv("AUTHBERRY_DATABASE_URL", f"sqlite://{tmp_path}/shop.db")
    from app import app

    with TestClient(app, base_url=URL, headers={"Origin": URL}) as client:
        yield client


def test_the_shop_knows_who_is_asking(shop: TestClient) -> None:
    """From the login to the logout, which holds at once."""

    def ask(document: str, **variables: str) -> dict[str, str]:
        body = {"query": document, "variables": variables}
        (payload,) = shop.post("/auth/graphql", json=body).json()["data"].values()
        return payload

    assert shop.get("/orders").status_code == 401
    ask(REGISTER, **ADA)
    # The second tells this browser from strangers' when somebody guesses at the password.
    assert {(cookie.name, cookie.path) for cookie in shop.cookies.jar} == {
        ("refresh_token", "/auth"),
        ("device", "/auth"),
    }
    bearer = {"Authorization": f"Bearer {ask(REFRESH)['accessToken']}"}
    assert shop.get("/orders", headers=bearer).json() == {"orders of": "ada@example.com"}
    assert ask(LOGOUT) == {"ok": True}
    assert shop.get("/orders", headers=bearer).status_code == 401


def test_clients_find_the_keys(shop: TestClient) -> None:
    """By the issuer alone, as RFC 8414 says."""
    described = shop.get("/.well-known/oauth-authorization-server/auth").json()
    assert described["issuer"] == f"{URL}/auth"
    assert len(shop.get(described["jwks_uri"]).json()["keys"]) == 1

"""The orders, asked for with tokens of a server that is not there: only its key set is."""

import json
import os
import sys
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib import import_module
from pathlib import Path
from threading import Thread
from types import ModuleType
from uuid import uuid4

import httpx2
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from fastapi.testclient import TestClient
from jwt.algorithms import ECAlgorithm

PRIVATE = ec.generate_private_key(ec.SECP256R1())
PUBLIC = {**ECAlgorithm.to_jwk(PRIVATE.public_key(), as_dict=True), "kid": "one", "alg": "ES256"}


class KeySet(BaseHTTPRequestHandler):
    """What the server publishes."""

    def do_GET(self) -> None:
        """Answer with the public key."""
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps({"keys": [PUBLIC]}).encode())

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def orders() -> Iterator[ModuleType]:
    """The example, which is told where the keys are."""
    server = HTTPServer(("127.0.0.1", 0), KeySet)
    Thread(target=server.serve_forever, daemon=True).start()
    os.environ["AUTH_URL"] = f"http://127.0.0.1:{server.server_port}"
    sys.path.insert(0, str(Path(__file__).parent))
    yield import_module("orders")
    server.shutdown()
    server.server_close()


@pytest.fixture
def client(orders: ModuleType) -> Iterator[TestClient]:
    """Somebody who asks."""
    with TestClient(orders.app) as client:
        yield client


def bearing(*roles: str, **claims: object) -> dict[str, str]:
    """The header with a token of somebody's."""
    url, now = os.environ["AUTH_URL"], int(time.time())
    payload = {
        "iss": url,
        "aud": url,
        "client_id": "authberry",
        "jti": str(uuid4()),
        "sub": str(uuid4()),
        "sid": str(uuid4()),
        "roles": roles,
        "amr": ["pwd"],
        "iat": now,
        "auth_time": now,
        "exp": now + 300,
        **claims,
    }
    headers = {"kid": "one", "typ": "at+jwt"}
    return {"Authorization": f"Bearer {jwt.encode(payload, PRIVATE, 'ES256', headers)}"}


def reason(answer: httpx2.Response) -> str:
    """Why it was refused."""
    assert answer.status_code == 401
    return str(answer.json()["detail"]["reason"])


def test_anybody_may_come_in(client: TestClient) -> None:
    """With a token, by name."""
    assert client.get("/").json() == "Welcome."
    assert client.get("/", headers=bearing(sub="0197a3f0-0000-7000-8000-000000000001")).json() == (
        "Welcome back, 0197a3f0-0000-7000-8000-000000000001."
    )


def test_somebody_may_order(client: TestClient) -> None:
    """And each sees their own."""
    ada, bob = bearing(), bearing()
    assert client.post("/orders?what=tea", headers=ada).json() == ["tea"]
    assert client.post("/orders?what=milk", headers=bob).json() == ["milk"]
    assert client.post("/orders?what=cake", headers=ada).json() == ["tea", "cake"]


def test_nobody_may_not(client: TestClient) -> None:
    """Whatever they bring instead."""
    assert reason(client.post("/orders?what=tea")) == "TOKEN_MISSING"
    assert reason(client.post("/orders?what=tea", headers=bearing(exp=1))) == "TOKEN_EXPIRED"
    for bad in (bearing(aud="https://other.example.com"), {"Authorization": "Bearer x"}):
        assert reason(client.post("/orders?what=tea", headers=bad)) == "TOKEN_INVALID"


def test_all_orders_are_for_some(client: TestClient) -> None:
    """Those with the role."""
    assert client.get("/orders", headers=bearing("staff")).status_code == 403
    assert client.get("/orders", headers=bearing("staff", "admin")).status_code == 200

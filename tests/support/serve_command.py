"""`authberry serve` on the test's database, and what it says of itself."""

import base64
import json
from typing import Any

import httpx
import pytest
from command_line import SECRET, Serving

REGISTER = """
mutation { register(email: "ada@example.com", password: "correct horse battery staple") {
  ... on AuthPayload { accessToken } } }
"""


@pytest.fixture
def environment(database_url: str) -> dict[str, str]:
    """The test's database, and a secret."""
    return {"AUTHBERRY_DATABASE_URL": database_url, "AUTHBERRY_SECRET": SECRET}


def issuer(server: Serving) -> str:
    """Who the server says it is, in an access token."""
    answer = httpx.post(f"{server.url}/graphql", json={"query": REGISTER}, timeout=30).json()
    claims: str = answer["data"]["register"]["accessToken"].split(".")[1]
    payload: dict[str, Any] = json.loads(base64.urlsafe_b64decode(claims + "=="))
    return str(payload["iss"])


def announced(url: str) -> str:
    """Where a development server says to point the browser."""
    lines = [f"GraphiQL: {url}/graphql", f"Mail: printed here, and shown at {url}/dev/mail"]
    named = url.replace("127.0.0.1", "localhost")
    if named != url:
        lines.append(f"Passkeys: only at {named}/account/, by the name")
    return "".join(f"{line}\n" for line in lines)


def events(err: str) -> list[str]:
    """What a log of JSON lines tells; every line of it is one."""
    return [json.loads(line)["event"] for line in err.splitlines()]

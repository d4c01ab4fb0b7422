"""A service with a secret, and how it asks about tokens."""

import base64
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from apps import MakeApp
from browser import Browser
from starlette.applications import Starlette

BILLING = "c2VjcmV0IG9mIHRoZSBiaWxsaW5nIHNlcnZpY2UsIGZvciB0ZXN0cw"
SEARCH = "b25lIG1vcmUgZm9yIHRoZSBzZWFyY2ggc2VydmljZSwgZm9yIHRlc3Rz"
CLIENTS = f"billing:{BILLING},search-1.internal:{SEARCH}"
FORM = "application/x-www-form-urlencoded"
ROUTES = ("/oauth/introspect", "/oauth/revoke")
INACTIVE = {"active": False}


@pytest.fixture
async def app(make_app: MakeApp) -> Starlette:
    """An application with two services."""
    return await make_app(oauth_clients=CLIENTS)


@pytest.fixture
def service(app: Starlette) -> Browser:
    """A program of the billing service's, at an address of its own."""
    return Browser(app, address="198.51.100.20")


def basic(client_id: str = "billing", secret: str = BILLING) -> str:
    """The header of RFC 6749, section 2.3.1."""
    pair = f"{quote(client_id, safe='')}:{quote(secret, safe='')}"
    return f"Basic {base64.b64encode(pair.encode()).decode()}"


async def post(
    service: Browser,
    path: str,
    form: Mapping[str, str] | str,
    headers: Mapping[str, str | None] | None = None,
) -> httpx.Response:
    """Send a form, as the billing service unless the headers say otherwise."""
    pairs = form if isinstance(form, str) else str(httpx.QueryParams(form))
    sent = {"Content-Type": FORM, "Authorization": basic(), **(headers or {})}
    return await service.send("POST", path, content=pairs, headers=sent)


async def introspect(service: Browser, token: str, **form: str) -> Any:
    """What is said of a token."""
    answer = await post(service, "/oauth/introspect", {"token": token, **form})
    assert answer.status_code == 200, answer.text
    return answer.json()

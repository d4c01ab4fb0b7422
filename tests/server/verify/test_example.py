"""The example of a service that only verifies, beside a real server."""

import importlib.util
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from apps import person
from browser import data
from documents import LOGIN
from people import PASSWORD
from processes import OpenBrowser, Server, rules_on

EXAMPLE = Path(__file__).parents[3] / "examples" / "verify_only" / "orders.py"


@pytest.fixture
async def client(
    shared_server: Server, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody who asks the example, which is told where the server is."""
    monkeypatch.setenv("AUTH_URL", shared_server.url)
    spec = importlib.util.spec_from_file_location("orders", EXAMPLE)
    assert spec
    assert spec.loader
    orders: Any = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(orders)
    transport = httpx.ASGITransport(orders.app)
    async with (
        orders.app.router.lifespan_context(orders.app),
        httpx.AsyncClient(transport=transport, base_url="http://api") as client,
    ):
        yield client


async def test_whoever_logs_in_at_the_server_may_order(
    shared_server: Server, open_browser: OpenBrowser, client: httpx.AsyncClient
) -> None:
    """The service has seen neither the password nor the database; without a login there is none."""
    async with rules_on(shared_server.database_url) as rules:
        ada = await person(rules, "orders@example.com")
    answer = await open_browser(shared_server).ask(
        LOGIN, email="orders@example.com", password=PASSWORD
    )
    bearing = {"Authorization": f"Bearer {data(answer)['accessToken']}"}
    assert (await client.get("/", headers=bearing)).json() == f"Welcome back, {ada.id}."
    assert (await client.post("/orders?what=tea", headers=bearing)).json() == ["tea"]
    assert (await client.get("/orders", headers=bearing)).status_code == 403
    assert (await client.post("/orders?what=tea")).status_code == 401

"""Apollo's link and urql's exchange for persisted queries, from npm, in front of a server."""

import json
from pathlib import Path
from typing import Any

import pytest
from anyio.to_thread import run_sync
from apps import PRODUCTION
from node import installed, run
from people import begin
from processes import Serve, rules_on

SOURCES = Path(__file__).with_name("persisted-queries")
EMAIL = {"email": "ada@example.com"}
SESSION = {"current": True}


@pytest.fixture(scope="session")
def programs(request: pytest.FixtureRequest) -> Path:
    """Both clients, as locked."""
    return installed(request, SOURCES, "persisted-queries")


async def told_by(program: Path, serve: Serve) -> Any:
    """What a client, as somebody who is logged in, asks and is answered in production."""
    server = serve(**PRODUCTION).until_ready()
    async with rules_on(server.database_url, **PRODUCTION) as auth:
        ada = await auth.accounts.create(EMAIL["email"], None)
        issued = await begin(auth, ada)
    url = f"{server.url}/graphql"
    return json.loads(await run_sync(run, program, url, issued.access_token.value))


async def test_apollo_falls_back_to_the_document(serve: Serve, programs: Path) -> None:
    """By POST, wherever the hash was; from then on it sends no hash."""
    assert await told_by(programs / "apollo.mjs", serve) == [
        {
            "answers": [
                {"me": {"__typename": "User", **EMAIL}},
                {"sessions": [{"__typename": "Session", **SESSION}]},
            ],
            "requests": [f"{method} hash", "POST document", "POST document"],
        }
        for method in ("POST", "GET")
    ]


async def test_urql_falls_back_to_the_document(serve: Serve, programs: Path) -> None:
    """From then on it sends no hash."""
    assert await told_by(programs / "urql.mjs", serve) == {
        "answers": [{"me": EMAIL}, {"sessions": [SESSION]}],
        "requests": ["POST hash", "POST document", "POST document"],
    }

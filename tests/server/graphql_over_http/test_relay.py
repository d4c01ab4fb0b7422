"""Relay's compiler and runtime, from npm: what has an id is refetched by it."""

import json
import re
import shutil
from pathlib import Path

import pytest
from anyio.to_thread import run_sync
from browser import data
from documents import REGISTER
from node import installed, run
from people import PASSWORD
from processes import OpenBrowser, Serve

SOURCES = Path(__file__).with_name("relay")
SCHEMA = Path(__file__).parents[3] / "schema.graphql"
ADA = {"email": "ada@example.com", "password": PASSWORD}


@pytest.fixture(scope="session")
def program(request: pytest.FixtureRequest) -> Path:
    """Asks with what relay-compiler makes of its documents and of our schema."""
    folder = installed(request, SOURCES, "relay")
    shutil.copy(SCHEMA, folder)
    run(folder / "node_modules/relay-compiler/cli.js", folder=folder)
    return folder / "refetch.mjs"


async def test_what_has_an_id_is_refetched(
    serve: Serve, open_browser: OpenBrowser, program: Path
) -> None:
    """Each type that is a `Node`, by the query that the compiler derives from `@refetchable`."""
    server = serve(event_ttl=90 * 86400)
    token = data(await open_browser(server).ask(REGISTER, ADA))["accessToken"]
    told = json.loads(await run_sync(run, program, f"{server.url}/graphql", token))
    assert [one["again"] for one in told] == [one["listed"] for one in told]
    assert all(one["listed"].pop("id") for one in told)
    found = {one["type"]: one["listed"] for one in told}
    assert found == {
        "User": {"email": ADA["email"]},
        "Session": {"current": True},
        "SecurityEvent": {"kind": "REGISTERED"},
    }
    nodes = re.findall(r"^type (\w+) implements Node\b", SCHEMA.read_text("utf-8"), re.MULTILINE)
    assert set(found) == set(nodes)

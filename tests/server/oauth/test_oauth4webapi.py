"""What oauth4webapi, a stranger's certified client, makes of the metadata and of both endpoints."""

import json
from pathlib import Path

import pytest
from anyio.to_thread import run_sync
from node import installed, run
from people import begin
from processes import Serve, rules_on

SOURCES = Path(__file__).with_name("oauth4webapi")
SECRET = "c2VjcmV0IG9mIHRoZSBiaWxsaW5nIHNlcnZpY2UsIGZvciB0ZXN0cw"


@pytest.fixture(scope="session")
def oauth_client(request: pytest.FixtureRequest) -> Path:
    """A service's program."""
    return installed(request, SOURCES, "oauth4webapi") / "client.mjs"


async def test_a_stranger_finds_asks_and_ends(serve: Serve, oauth_client: Path) -> None:
    """It discovers the issuer, sees a token active, ends its session, and sees it inactive."""
    server = serve(oauth_clients=f"billing-1:{SECRET}").until_ready()
    async with rules_on(server.database_url, public_url=server.url) as auth:
        ada = await auth.accounts.create("ada@example.com", None)
        sessions = [await begin(auth, ada) for _ in range(2)]
    tokens = [issued.access_token.value for issued in sessions]

    told = await run_sync(run, oauth_client, server.url, "billing-1", SECRET, *tokens)

    found, said = json.loads(told).values()
    assert found["issuer"] == server.url
    assert found["revocation_endpoint"] == f"{server.url}/oauth/revoke"
    assert [one.get("sid") for one in said] == [
        str(sessions[0].session.id),
        None,
        str(sessions[1].session.id),
        None,
    ]
    assert [one for one in said if not one["active"]] == [{"active": False}] * 2

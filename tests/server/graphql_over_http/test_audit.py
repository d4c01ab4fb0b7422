"""What graphql-http, the reference implementation of GraphQL over HTTP, says of the server."""

import json
from pathlib import Path

import pytest
from node import installed, run
from processes import Server

SOURCES = Path(__file__).with_name("graphql-http")
# It asks 61 questions. Where the answer is not the one it hopes for, this is why.
REASONS = {
    "86EE": """It hopes for 400 where a variable does not fit. But its document declares one that it
        does not use, so that it fails validation, which is 422 since the first edition.""",
}


@pytest.fixture(scope="session")
def audit(request: pytest.FixtureRequest) -> Path:
    """The audit with what it needs, as locked."""
    return installed(request, SOURCES, "graphql-http") / "audit.mjs"


def test_the_audit_finds_no_error(shared_server: Server, audit: Path) -> None:
    """And what it would rather have otherwise is a list, each with its reason."""
    results = json.loads(run(audit, f"{shared_server.url}/graphql"))
    assert len(results) == 61
    found = {result["id"]: result for result in results if result["status"] != "ok"}
    assert {result["status"] for result in found.values()} <= {"warn", "notice"}, found
    assert set(found) == set(REASONS), found

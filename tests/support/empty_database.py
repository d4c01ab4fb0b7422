"""A database that has no tables yet."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from database_servers import Postgres


@pytest.fixture
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty database of the kind under test."""
    if os.environ.get("TEST_DATABASE", "sqlite") == "sqlite":
        yield f"sqlite://{tmp_path}/authberry.db"
        return
    postgres: Postgres = request.getfixturevalue("postgres")
    with postgres.database() as url:
        yield url

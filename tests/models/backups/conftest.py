"""What tests of backups ask for."""

from collections.abc import AsyncIterator

import pytest
from postgres_programs import PATH

from authberry.models import Database


@pytest.fixture
async def database(database_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Database]:
    """A migrated one that nobody is connected to; the server's own programs are on the PATH."""
    monkeypatch.setenv("PATH", PATH)
    database = Database(database_url)
    await database.open()
    await database.migrate()
    await database.close()
    yield database
    await database.close()

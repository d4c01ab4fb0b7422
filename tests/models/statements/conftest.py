"""An open database, and the statements that are written out, on it."""

from collections.abc import AsyncIterator

import pytest
from apps import database_url, tables

from authberry.models import Database, Statements

__all__ = ["database_url", "tables"]


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """An open database with its tables."""
    database = Database(database_url)
    await database.open()
    yield database
    await database.close()


@pytest.fixture
async def statements(database: Database) -> AsyncIterator[Statements]:
    """The statements on that database, which models speak to as well."""
    with database.use():
        yield Statements(database)

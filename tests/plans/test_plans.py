"""No statement takes longer because the tables have grown: its plan says so, among a million rows.

The statements are those that the tests have run; a test that runs another fails until it is
explained here (`tests/conftest.py`). With few rows PostgreSQL would rather read all of them than
use an index: `--quick` forbids it to, so that it shows whether there is one.
"""

import os
from collections.abc import AsyncIterator, Iterator

import asyncpg
import pytest
from big_tables import ROWS, fill
from database_servers import Postgres
from plans import Reader, plans_of
from recorded_statements import Statement, read_statements

from authberry.models import Database

QUICK_ROWS = 20_000
IS_QUICK = os.environ.get("TEST_PLANS") == "quick"
NUMBER = QUICK_ROWS if IS_QUICK else ROWS

ALLOWED: dict[str, str] = {}
"""Statements that may take longer, by their kind, and why."""


@pytest.fixture(scope="module")
def filled_url(postgres: Postgres) -> Iterator[str]:
    """A database of that many rows."""
    url = postgres.create_database()
    yield url
    postgres.drop_database(url)


@pytest.fixture(scope="module")
async def connection(filled_url: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection to it, once it is filled."""
    database = Database(filled_url)
    await database.open()
    await database.migrate()
    await database.close()
    connection = await asyncpg.connect(filled_url)
    await fill(connection, NUMBER)
    if IS_QUICK:
        await connection.execute("SET enable_seqscan = off")
    yield connection
    await connection.close()


@pytest.mark.parametrize("statement", read_statements(), ids=lambda one: one.kind)
async def test_a_statement_does_not_grow_with_the_tables(
    connection: asyncpg.Connection, statement: Statement
) -> None:
    """It finds what it wants by an index, and keeps no set that is the larger the more there is."""
    reader = Reader(many=NUMBER // 100)
    found = [
        problem
        for plan in await plans_of(connection, statement)
        for problem in reader.problems(plan)
    ]
    assert bool(found) == (statement.kind in ALLOWED), found


def test_what_is_allowed_to_grow_is_a_statement() -> None:
    """An exception that nothing needs any more is none."""
    assert ALLOWED.keys() <= {one.kind for one in read_statements()}

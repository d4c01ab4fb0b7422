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

QUICK_ROWS = 100_000
IS_QUICK = os.environ.get("TEST_PLANS") == "quick"
NUMBER = QUICK_ROWS if IS_QUICK else ROWS
MANY = 20_000
"""Rows, more than any page has; a set of so many is the larger the larger its table."""

EVERYONE = '"revoked_at" IS NULL AND "expires_at">$ AND "created_at"<=$ AND "id">$'
READ = f'SELECT "id" "0" FROM "authberry_refresh_token" WHERE {EVERYONE}'
WRITTEN = f'UPDATE "authberry_refresh_token" SET "revoked_at"=$,"revoked_reason"=$ WHERE {EVERYONE}'
ALLOWED = {f'{READ} ORDER BY "id" ASC LIMIT $', f'{WRITTEN} AND "id"<=$'}
"""Statements that may take longer, by their kind: they are of a command that ends every session
there is (`authberry sessions revoke --everyone`), a page at a time."""


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
    reader = Reader(MANY)
    found = [
        problem
        for plan in await plans_of(connection, statement)
        for problem in reader.problems(plan)
    ]
    assert not found or statement.kind in ALLOWED


def test_what_is_allowed_to_grow_is_a_statement() -> None:
    """An exception that nothing needs any more is none."""
    kinds = {one.kind for one in read_statements()}
    assert kinds >= ALLOWED

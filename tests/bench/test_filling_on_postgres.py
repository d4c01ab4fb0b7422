"""Tables that the rules made are filled, whatever leads to them, and are as strict after."""

import os
from collections.abc import Awaitable, Callable

import pytest
from people import begin

from authberry import Auth
from bench.filling import fill_postgres
from bench.postgres import Postgres

MakeAuth = Callable[..., Awaitable[Auth]]
RULES = (
    "SELECT conrelid::regclass, conname, pg_get_constraintdef(oid) FROM pg_constraint ORDER BY 1, 2"
)
INDEXES = "SELECT indexdef FROM pg_indexes WHERE tablename LIKE 'authberry_%' ORDER BY 1"

pytestmark = pytest.mark.one_process("one is enough to make what is copied")


async def test_a_table_of_the_rules_is_filled(make_auth: MakeAuth) -> None:
    """With real sessions in it, and with every key and index that it had."""
    with Postgres(tuple(os.sched_getaffinity(0))) as postgres:
        auth = await make_auth(database_url=postgres.create("filled"))
        for number in range(3):
            await begin(auth, await auth.accounts.create(f"{number}@example.com", None))
        await auth.close()
        before = [postgres.execute(sql, "filled") for sql in (RULES, INDEXES)]

        kept = fill_postgres(postgres, "filled", 100)

        sessions = postgres.execute("SELECT id FROM authberry_refresh_token", "filled").split()
        assert len(sessions) == 100
        assert len(kept) == 3
        assert kept <= set(sessions)
        assert [postgres.execute(sql, "filled") for sql in (RULES, INDEXES)] == before

"""The session table may be partitioned by its key, and nobody notices."""

import os
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from textwrap import dedent

import pytest
from database_servers import Postgres
from frozen_clock import FrozenClock
from people import BROWSER, begin, log_in, outcome, refresh, register
from rows import everything, session_row

from authberry import Auth, RefreshTokenTransport
from authberry.errors import RefreshTokenReused, SessionRevoked
from authberry.pruning.session_walk import KEPT

MakeAuth = Callable[..., Awaitable[Auth]]
Convert = Callable[[Auth], None]

BODY = RefreshTokenTransport.BODY
KINDS = ["whole", "partitioned"] if os.environ.get("TEST_DATABASE") == "postgres" else ["whole"]
GUIDE = (Path(__file__).parents[2] / "docs/scaling.md").read_text("utf-8")


def documented() -> str:
    """The statements of the guide, as somebody pastes them."""
    section = GUIDE.partition("## Partitioning the session table\n")[2].partition("\n## ")[0]
    return dedent("\n".join(line for line in section.splitlines() if line.startswith("    ")))


@pytest.fixture
def convert(request: pytest.FixtureRequest, database_url: str) -> Convert:
    """Partition the table, or leave it as it is."""

    def convert(_: Auth) -> None:
        if request.param == "partitioned":
            postgres: Postgres = request.getfixturevalue("postgres")
            postgres.execute(documented(), database_url.rpartition("/")[2])

    return convert


async def shape(auth: Auth) -> list[tuple[object, ...]]:
    """Columns, constraints, indexes, triggers of the session table; on SQLite what made them."""
    queries = (
        ["SELECT name, sql FROM sqlite_master WHERE tbl_name = 'authberry_refresh_token'"]
        if auth.database.is_sqlite
        else [
            (
                "SELECT attname::text, format_type(atttypid, atttypmod), attnotnull,"
                " col_description(attrelid, attnum) FROM pg_attribute"
                " WHERE attrelid = 'authberry_refresh_token'::regclass AND attnum > 0"
            ),
            (
                "SELECT conname::text, pg_get_constraintdef(oid) FROM pg_constraint"
                " WHERE conrelid = 'authberry_refresh_token'::regclass AND contype <> 'n'"
            ),
            (
                "SELECT indexname::text, replace(indexdef, ' ON ONLY ', ' ON ') FROM pg_indexes"
                " WHERE tablename = 'authberry_refresh_token'"
            ),
            (
                "SELECT tgname::text, pg_get_triggerdef(oid) FROM pg_trigger"
                " WHERE tgrelid = 'authberry_refresh_token'::regclass AND NOT tgisinternal"
            ),
        ]
    )
    with auth.database.use():
        found = [(await auth.database._context.db().execute_query(query))[1] for query in queries]
    return sorted((tuple(dict(row).values()) for rows in found for row in rows), key=repr)


async def partitions(auth: Auth) -> int:
    """How many tables hold sessions."""
    query = "SELECT count(DISTINCT tableoid) AS count FROM authberry_refresh_token"
    if auth.database.is_sqlite:
        return 1
    with auth.database.use():
        _, rows = await auth.database._context.db().execute_query(query)
    return int(rows[0]["count"])


@pytest.mark.parametrize("convert", KINDS, indirect=True)
async def test_the_main_story_on_a_table_of_either_kind(
    auth: Auth,
    make_auth: MakeAuth,
    convert: Convert,
    clock: FrozenClock,
    request: pytest.FixtureRequest,
) -> None:
    """Whoever was logged in stays so; then log in, refresh, be robbed, leave, be forgotten."""
    registered = await register(auth, "ada@example.com")
    before, rows = await shape(auth), await everything(auth)
    convert(auth)
    auth = await make_auth()
    assert await shape(auth) == before
    assert await everything(auth) == rows

    ada = registered.user
    renewed = await refresh(auth, registered.refresh_token)
    assert (await session_row(auth, renewed))["generation"] == 1
    assert await outcome(auth, registered.refresh_token) == renewed.refresh_token
    claims = await auth.signing.access_tokens.verify(renewed.access_token.value)
    viewer = await auth.sessions.viewers.viewer(claims)
    assert viewer.user.id == ada.id

    phone = await log_in(auth, "ada@example.com")
    clock.tick(31)
    assert await outcome(auth, registered.refresh_token) is RefreshTokenReused
    assert (await session_row(auth, renewed))["revoked_reason"] == "reuse"
    others = []
    for _ in range(60):
        clock.tick(1)
        others.append(await begin(auth, ada))
    live = await auth.sessions.live(ada.id)
    assert len(live) == auth.settings.sessions_per_user
    assert await auth.sessions.revocation.revoke(viewer, str(others[-1].session.id), BROWSER) == 1
    assert await outcome(auth, others[-1].refresh_token) is SessionRevoked
    # Random ids leave one of sixteen partitions empty now and then, and half of them never.
    assert (await partitions(auth) > 8) == ("partitioned" in request.node.name)

    last = others[-2]
    clock.tick(KEPT)
    clock.tick(timedelta(seconds=1))
    assert (await auth.pruning.prune()).deleted_sessions == 62 - len(live) + 1
    assert isinstance(await outcome(auth, last.refresh_token), str)
    assert phone.session.id not in {row["id"] for row in (await everything(auth))["RefreshToken"]}
    await auth.sessions.revocation.revoke_all(ada.id, BROWSER, reason="operator")
    clock.tick(KEPT)
    clock.tick(timedelta(seconds=1))
    await auth.pruning.prune()
    assert (await everything(auth))["RefreshToken"] == []

"""Rights that a user of PostgreSQL lacks, as the commands, the doctor and a start say it."""

from collections.abc import Iterator

import pytest
from command_line import PRODUCTION, CommandLine
from database_servers import Postgres
from diagnosis import about
from limited_role import LimitedRole, limited_role

from authberry import Auth
from authberry.doctor.diagnosis import diagnose
from authberry.models import Database, DatabaseUnavailable
from authberry.settings import PREFIX

pytestmark = pytest.mark.own_tables("rights are taken away, and some begin without")
URL = f"{PREFIX}DATABASE_URL"


@pytest.fixture
def role(postgres: Postgres, database_url: str) -> Iterator[LimitedRole]:
    """A user of the test's database who may do nothing yet."""
    with limited_role(postgres, database_url) as role:
        yield role


@pytest.fixture
def place(postgres: Postgres) -> str:
    """What the database is called."""
    return f"PostgreSQL at 127.0.0.1:{postgres.port}"


async def test_a_schema_that_takes_no_tables_is_said_with_what_to_grant(
    authberry: CommandLine, role: LimitedRole, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As PostgreSQL 15 and later have it; not with the advice to run what has just failed."""
    role.run("GRANT USAGE ON SCHEMA public TO ROLE_")
    monkeypatch.setenv(URL, role.url)
    outcome = await authberry("migrate")
    assert (outcome.code, outcome.out, outcome.err) == (
        1,
        "",
        (
            f"error: the database cannot be used: {URL} names {place}: this user may not make"
            " tables in the schema (42501). Let the owner of the database run GRANT USAGE, CREATE"
            " ON SCHEMA public for it\n"
        ),
    )
    found = about(await diagnose(), "DATABASE_URL")
    assert (
        "danger",
        "names a database in whose schema this user may make no tables, and tables are missing",
    ) in found


async def test_a_schema_that_may_not_be_used_is_not_taken_for_an_empty_one(
    authberry: CommandLine, role: LimitedRole, rules: Auth, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its tables cannot be seen, and are there."""
    monkeypatch.setenv(URL, role.url)
    outcome = await authberry("migrate")
    assert outcome.code == 1
    assert "may use none of the schemas in its search_path. Let the owner" in outcome.err
    assert "authberry migrate" not in outcome.err
    assert about(await diagnose(), "DATABASE_URL") == [
        ("danger", "names a database that has no schema in its search_path that this user may use")
    ]


async def test_migrations_that_may_not_be_read_are_not_taken_for_none(
    authberry: CommandLine, role: LimitedRole, rules: Auth, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever believed that would run the first one anew."""
    role.grant_all()
    role.run("REVOKE SELECT ON tortoise_migrations FROM ROLE_")
    database = Database(role.url)
    await database.open()
    with pytest.raises(DatabaseUnavailable, match=r"^42501 on tortoise_migrations$"):
        await database.pending_migrations()
    await database.close()
    monkeypatch.setenv(URL, role.url)
    outcome = await authberry("migrate")
    assert outcome.code == 1
    assert "lacks a right on a table (42501 on tortoise_migrations). Let the" in outcome.err
    assert about(await diagnose(), "DATABASE_URL") == [
        ("danger", "names a database that refuses this user SELECT on tortoise_migrations")
    ]


async def test_each_right_that_is_missing_is_found(
    authberry: CommandLine, role: LimitedRole, rules: Auth, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By table; that events are never changed is no fault."""
    role.grant_all()
    role.run(
        "REVOKE INSERT, DELETE ON authberry_outbox FROM ROLE_",
        "REVOKE UPDATE ON authberry_event, authberry_user FROM ROLE_",
    )
    monkeypatch.setenv(URL, role.url)
    assert about(await diagnose(), "DATABASE_URL") == [
        (
            "danger",
            (
                "names a database that refuses this user DELETE and INSERT on authberry_outbox, and"
                " UPDATE on authberry_user"
            ),
        )
    ]


async def test_a_command_says_on_one_line_which_table_it_may_not_read(
    authberry: CommandLine,
    role: LimitedRole,
    rules: Auth,
    place: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """And the log does not say it a second time."""
    role.grant_all()
    role.run("REVOKE SELECT ON authberry_user FROM ROLE_")
    for name, value in {**PRODUCTION, URL: role.url}.items():
        monkeypatch.setenv(name, value)
    outcome = await authberry("users", "list")
    assert (outcome.code, outcome.err) == (
        1,
        (
            f"error: the database cannot be used: {URL} names {place}: this user lacks a right on a"
            " table (42501 on authberry_user). Let the tables' owner run GRANT SELECT, INSERT,"
            " UPDATE, DELETE ON its tables for it; who migrates must own them\n"
        ),
    )


async def test_a_read_only_database_is_found(
    authberry: CommandLine, role: LimitedRole, rules: Auth, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As `default_transaction_read_only` makes it."""
    role.grant_all()
    role.run("ALTER ROLE ROLE_ SET default_transaction_read_only = on")
    monkeypatch.setenv(URL, role.url)
    assert about(await diagnose(), "DATABASE_URL") == [
        ("danger", "names a database that is read-only")
    ]
    for name, value in PRODUCTION.items():
        monkeypatch.setenv(name, value)
    outcome = await authberry(
        "users", "create", "bob@example.com", stdin="a long phrase, for Bob\n"
    )
    assert outcome.code == 1
    assert "it is read-only, as a standby is (25006" in outcome.err

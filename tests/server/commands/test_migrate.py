"""`authberry migrate`."""

import pytest
from command_line import (
    PRODUCTION,
    CommandLine,
    Outcome,
    refused,
)
from rows import ALL, everything

from authberry import Auth


async def test_migrate_applies_what_is_pending_once(authberry: CommandLine) -> None:
    """The second time there is nothing to do."""
    assert await authberry("migrate") == Outcome(
        0, "".join(f"Applied {name}\n" for name in ALL), ""
    )
    assert await authberry("migrate") == Outcome(
        0, "Nothing to do: the tables are up to date.\n", ""
    )


async def test_migrate_makes_production_ready(
    authberry: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Production changes no tables by itself."""
    for name, value in PRODUCTION.items():
        monkeypatch.setenv(name, value)
    codes = [(await authberry(*command)).code for command in (["keys", "list"], ["migrate"])]
    assert [*codes, (await authberry("keys", "list")).code] == [1, 0, 0]


async def test_migrate_refuses_a_database_of_a_later_version(
    authberry: CommandLine, rules: Auth
) -> None:
    """What this version does not know, it leaves alone."""
    await apply_later_migration(rules)
    before = await everything(rules)
    assert refused(
        await authberry("migrate"), "the database is newer than this version: 0099_later"
    )
    assert await everything(rules) == before


async def test_production_goes_on_while_a_later_version_is_rolled_out(
    authberry: CommandLine, rules: Auth, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The old version runs on the new tables until it is replaced."""
    await apply_later_migration(rules)
    for name, value in PRODUCTION.items():
        monkeypatch.setenv(name, value)
    assert (await authberry("users", "list")).code == 0


async def apply_later_migration(rules: Auth) -> None:
    """Leave the trace of a migration that this version does not have."""
    with rules.database.use():
        await rules.database._context.db().execute_script(
            "INSERT INTO tortoise_migrations (app, name, applied_at)"
            " VALUES ('authberry', '0099_later', CURRENT_TIMESTAMP)"
        )

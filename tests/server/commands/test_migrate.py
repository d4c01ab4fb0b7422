"""`authberry migrate`."""

import asyncio
from pathlib import Path
from uuid import uuid4

import pytest
from command_line import (
    PRODUCTION,
    SECRET,
    CommandLine,
    Outcome,
    at_a_terminal,
    refused,
)
from empty_database import database_url
from rows import ALL, everything

from authberry import Auth, Settings
from authberry.models import User

__all__ = ["database_url"]

WIDE, SIGMA = "\uff42\uff4f\uff42", "\u03c3\u03c2"


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
    line = (
        f"AUTHBERRY_DATABASE_URL names {rules.database.place}: a later version has changed its"
        " tables: 0099_later. Run that version, or name another database"
    )
    assert refused(await authberry("migrate"), line)
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


async def test_migrate_names_accounts_of_one_address_and_leaves_them(
    authberry: CommandLine, rules: Auth
) -> None:
    """By their ids, since a pipe gets no address. The second time they are still there."""
    owner, without, other = [await stored(rules, name) for name in ("bob", WIDE, SIGMA)]
    before = await everything(rules)
    conflict = (
        "1 account with an address that another account has in another spelling.\n"
        "Both go on as before. Ask whose they are, and delete one: authberry users delete ID\n"
        f"ID                                   OTHER{' ' * 31}\n{without.id} {owner.id}\n"
    )
    first, second = await authberry("migrate"), await authberry("migrate")
    assert (first.code, words(first)) == (0, words("Wrote 1 key of addresses.\n" + conflict))
    nothing = "Nothing to do: the tables are up to date.\n"
    assert (second.code, words(second)) == (0, words(nothing + conflict))
    after = await everything(rules)
    (row,) = (row for row in after["User"] if row["id"] == other.id)
    assert row.pop("email_key") == "\u03c3\u03c3@x.org"
    assert [row["email"] for row in after["User"]] == [row["email"] for row in before["User"]]


def test_at_a_terminal_migrate_says_which_addresses(tmp_path: Path, database_url: str) -> None:
    """To the operator, who has to ask whose they are."""
    asyncio.run(make_two(database_url))
    code, screen = at_a_terminal(
        "migrate",
        answers=[],
        folder=tmp_path,
        environment={
            "AUTHBERRY_DATABASE_URL": database_url,
            "AUTHBERRY_SECRET": SECRET,
            "COLUMNS": "200",
        },
    )
    assert code == 0
    assert "bob@x.org" in screen
    assert f"{WIDE}@x.org" in screen


async def make_two(database_url: str) -> None:
    """Two accounts of one address, as the release before could make them."""
    async with Auth(Settings(database_url=database_url, secret=(SECRET,))) as auth:
        for name in ("bob", WIDE):
            await stored(auth, name)


async def stored(auth: Auth, name: str) -> User:
    """A row as the release before would write it."""
    with auth.database.use():
        now = auth.clock.now()
        return await User.create(id=uuid4(), email=f"{name}@x.org", created_at=now)


def words(of: Outcome | str) -> list[str]:
    """What was printed, whatever the width of the columns."""
    return (of if isinstance(of, str) else of.out).split()

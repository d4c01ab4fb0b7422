"""The command line as a whole: what is typed wrongly, and what can be expected to go wrong."""

from pathlib import Path

import pytest
from command_line import (
    NOBODY,
    PRODUCTION,
    SECRET,
    CommandLine,
    Outcome,
    refused,
    run,
)
from rows import ALL, everything

from authberry import Auth

ROOT = Path(__file__).parents[3]


# Typing


async def test_the_version_is_the_packages(authberry: CommandLine) -> None:
    """`--version` needs no command."""
    assert await authberry("--version") == Outcome(0, "authberry 0.1.0\n", "")


async def test_nothing_typed_is_answered_with_all_there_is(authberry: CommandLine) -> None:
    """The help lists every command, for the whole and for a group."""
    whole, group = await authberry(), await authberry("users")
    commands = (
        "serve",
        "migrate",
        "doctor",
        "schema",
        "users",
        "sessions",
        "keys",
        "events",
        "prune",
        "backup",
        "restore",
    )
    assert [name for name in commands if f" {name} " not in whole.out] == []
    of_users = (
        *("create", "list", "disable", "enable", "set-password", "delete", "export"),
        "factors",
    )
    assert [name for name in of_users if f" {name} " not in group.out] == []
    assert (whole.err, group.err) == ("", "")


@pytest.mark.parametrize(
    ("typed", "line"),
    [
        ("srve", "No such command 'srve'. Did you mean 'serve'?"),
        ("serve --prot 1", "No such option: --prot (Possible options: --host, --port)"),
        (
            "serve --workers 0",
            ("Invalid value for '--workers': Input should be greater than or equal to 1"),
        ),
        ("users create", "Missing argument 'email'."),
        ("users --\x1b[2J\u202efine", r"No such option: --\x1b[2J\u202efine"),
        ("events --kind nonsense", "Invalid value for '--kind': no such kind: nonsense"),
        (
            "events --limit 0",
            "Invalid value for '--limit': Input should be greater than or equal to 1",
        ),
        (
            "sessions revoke",
            "Invalid value: name a session or, with --user, a person, or say --everyone",
        ),
        (
            f"sessions revoke {NOBODY} --user ada@example.com",
            "Invalid value: name a session or, with --user, a person, or say --everyone",
        ),
    ],
)
async def test_a_slip_is_one_line_and_exit_code_2(
    authberry: CommandLine, typed: str, line: str
) -> None:
    """Scripts tell a slip from a failure by the code, people by the line."""
    assert refused(await authberry(*typed.split()), line, code=2)


async def test_the_schema_needs_neither_settings_nor_a_database(
    authberry: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is printed byte for byte as it is written down, whatever the environment says."""
    monkeypatch.setenv("AUTHBERRY_NONSENSE", "1")
    monkeypatch.setenv("AUTHBERRY_DATABASE_URL", "postgres://nobody@127.0.0.1:1/nothing")
    written = (ROOT / "schema.graphql").read_text("utf-8")
    assert await authberry("schema") == Outcome(0, written, "")


# What can be expected to go wrong


@pytest.mark.parametrize(
    ("environment", "line"),
    [
        ({"AUTHBERRY_PUBLIC_ULR": "sentinel"}, "no such setting: AUTHBERRY_PUBLIC_ULR"),
        (
            {"AUTHBERRY_ENV": "sentinel", "AUTHBERRY_REFRESH_WINDOW": "sentinel"},
            (
                "AUTHBERRY_ENV: Input should be 'development' or 'production';"
                " AUTHBERRY_REFRESH_WINDOW: must be a number of seconds"
            ),
        ),
        (
            {"AUTHBERRY_DATABASE_URL": "postgres://ada:pass/sentinel@db/authberry"},
            (
                "AUTHBERRY_DATABASE_URL: must be sqlite://path or"
                " postgresql://user:password@host:port/name, the password percent-encoded"
            ),
        ),
        (
            {"AUTHBERRY_DATABASE_URL": "postgres://ada:sentinel@127.0.0.1:1/authberry"},
            (
                "the database cannot be used: AUTHBERRY_DATABASE_URL names PostgreSQL at"
                " 127.0.0.1:1: it cannot be reached (ConnectionRefusedError). Start it, or correct"
                " the host and the port"
            ),
        ),
        (
            {"AUTHBERRY_DATABASE_URL": "sqlite:///nowhere/authberry.db"},
            (
                "the database cannot be used: AUTHBERRY_DATABASE_URL names /nowhere/authberry.db:"
                " /nowhere is not a folder that is there. Make it, or name another file"
            ),
        ),
        (
            {**PRODUCTION, "AUTHBERRY_SECRET": "sentinel"},
            (
                "AUTHBERRY_SECRET: is shorter than 32 bytes. Make one with: python3 -c"
                " 'import secrets; print(secrets.token_urlsafe(48))'."
            ),
        ),
        (
            {**PRODUCTION, "AUTHBERRY_DATABASE_URL": "sqlite://empty.db"},
            (
                "the database cannot be used: AUTHBERRY_DATABASE_URL names FOLDER/empty.db:"
                f" it lacks {', '.join(ALL)}: run authberry migrate"
            ),
        ),
    ],
)
async def test_a_failure_is_one_line_that_shows_no_value(
    authberry: CommandLine,
    monkeypatch: pytest.MonkeyPatch,
    environment: dict[str, str],
    line: str,
    tmp_path: Path,
) -> None:
    """No traceback, no password, and a word on what to do."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    outcome = await authberry("users", "list")
    assert refused(outcome, line.replace("FOLDER", str(tmp_path)))
    assert "sentinel" not in outcome.err


async def test_another_secret_than_the_stored_keys_were_made_with_is_refused(
    authberry: CommandLine, rules: Auth, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With it no access token could be signed, and every session would be lost."""
    before = await everything(rules)
    monkeypatch.setenv("AUTHBERRY_SECRET", SECRET[::-1])
    outcome = await authberry("keys", "list")
    assert refused(
        outcome,
        "AUTHBERRY_SECRET: does not fit the signing keys in the database."
        " Configure the secret they were made with, behind the new one",
    )
    assert await everything(rules) == before


def test_the_package_runs_as_a_module(tmp_path: Path) -> None:
    """`python -m authberry.server`, where no script is on the path."""
    assert run(tmp_path, {}, "--version") == Outcome(0, "authberry 0.1.0\n", "")

"""`authberry users factors`: what somebody proves who they are with, seen and taken off."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from anyio.to_thread import run_sync
from command_line import SECRET, CommandLine, at_a_terminal, refused
from factor_rows import (
    add_app,
    add_factor_reset,
    add_passkey,
    add_recovery_code,
)
from people import PASSWORD, PHONE
from rows import everything

from authberry import Auth, Issued, RefreshTokenTransport
from authberry.models import User

MakeAuth = Callable[..., Awaitable[Auth]]
FACTORS = ("Totp", "Passkey", "RecoveryCode", "FactorReset")
LIST_HELP = """
Usage: authberry users factors list [OPTIONS] {USER}
List a person's apps and passkeys, and how many recovery codes are unused.
Arguments
* USER <str> An e-mail address or an id. [required]
Options
--json <bool> Print a list for a script.
--help <bool> Show this message and exit.
"""
RESET_HELP = """
Usage: authberry users factors reset [OPTIONS] {USER}
Take every factor off an account whose owner has lost them, who is told by mail.
Make sure first that whoever asks is the owner: anybody who reads their mail, or knows their
password, can log in afterwards.
Arguments
* USER <str> An e-mail address or an id. [required]
Options
* --reason <str> Why, for the person's events. [required]
--yes <bool> Do not ask.
--help <bool> Show this message and exit.
"""


async def enroll(rules: Auth, user: User) -> None:
    """Give somebody an app, a passkey, a recovery code, and a reset that waits."""
    await add_app(rules, user)
    await add_passkey(rules, user)
    await add_recovery_code(rules, user)
    await add_factor_reset(rules, user)


async def test_factors_are_listed_with_what_is_left_of_the_codes(
    authberry: CommandLine, rules: Auth, ada: User
) -> None:
    """For people as a table, for scripts as JSON with every time in full; with no secret."""
    app, passkey = await add_app(rules, ada), await add_passkey(rules, ada)
    await add_recovery_code(rules, ada)

    head, *rows, left = (await authberry("users", "factors", "list", ada.email)).out.splitlines()

    assert head.split() == ["ID", "KIND", "NAME", "CREATED", "LAST", "USED"]
    assert [row.split()[:3] for row in rows] == [
        [str(app.id), "totp", "Phone"],
        [str(passkey.id), "passkey", "Laptop"],
    ]
    assert left == "Unused: 1 recovery code."
    listed = await authberry("users", "factors", "list", str(ada.id), "--json")
    assert listed.json == [
        {
            "id": str(one.id),
            "kind": kind,
            "name": name,
            "created_at": one.created_at.isoformat(),
            "last_used_at": None,
        }
        for one, kind, name in ((app, "totp", "Phone"), (passkey, "passkey", "Laptop"))
    ]


async def test_somebody_without_factors_has_an_empty_list(
    authberry: CommandLine, rules: Auth, ada: User
) -> None:
    """And nobody who is not there has any."""
    assert (await authberry("users", "factors", "list", ada.email, "--json")).json == []
    unknown = await authberry("users", "factors", "list", "bob@example.com")
    assert refused(unknown, "there is no account bob@example.com")


async def test_a_reset_takes_every_factor_off_and_says_why(
    authberry: CommandLine, rules: Auth, ada: User
) -> None:
    """Of this person alone; the event has the reason, and the next login asks for none."""
    bob = await rules.accounts.create("bob@example.com", None)
    for one in (ada, bob):
        await enroll(rules, one)

    outcome = await authberry(
        *("users", "factors", "reset", ada.email, "--yes", "--reason", "passport seen")
    )

    assert (outcome.code, outcome.out) == (0, "Took off 2 factors.\n")
    assert "factors_reset                  [authberry.security]" in outcome.err
    assert f"user_id='{ada.id}'" in outcome.err
    assert "reason='passport seen'" in outcome.err
    rows = await everything(rules)
    for table in FACTORS:
        assert {row["user_id"] for row in rows[table]} == {bob.id}
    login = rules.logins.passwords.login
    issued = await login(ada.email, PASSWORD, PHONE, RefreshTokenTransport.BODY)
    assert isinstance(issued, Issued)


async def test_a_reset_tells_its_owner_by_mail(
    authberry: CommandLine, rules: Auth, ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that nobody's factors go without their knowing."""
    monkeypatch.setenv("AUTHBERRY_SECURITY_NOTICES", "true")
    monkeypatch.setenv("AUTHBERRY_SMTP_URL", "smtp+plain://127.0.0.1:1")
    monkeypatch.setenv("AUTHBERRY_MAIL_FROM", "Example <no-reply@example.com>")
    await enroll(rules, ada)
    outcome = await authberry(*("users", "factors", "reset", ada.email, "--yes", "--reason", "x"))
    assert outcome.code == 0
    (waiting,) = (await everything(rules))["OutboxMessage"]
    assert waiting["letter"] == "factors_reset"


async def test_nothing_is_taken_off_whoever_has_nothing(
    authberry: CommandLine, rules: Auth, ada: User
) -> None:
    """Nobody is told of a reset that was none; and a reason is asked for."""
    before = await everything(rules)
    command = ("users", "factors", "reset", ada.email, "--yes")
    outcome = await authberry(*command, "--reason", "lost")
    assert refused(outcome, "ada@example.com has no second factor")
    assert refused(await authberry(*command), "Missing option '--reason'.", code=2)
    assert await everything(rules) == before


async def test_at_a_terminal_a_reset_asks_first(
    rules: Auth, ada: User, tmp_path: Path, database_url: str
) -> None:
    """And does nothing unless the answer is yes."""
    await enroll(rules, ada)
    before = await everything(rules)
    code, screen = await run_sync(
        lambda: at_a_terminal(
            *("users", "factors", "reset", ada.email, "--reason", "lost"),
            answers=["n"],
            folder=tmp_path,
            environment={"AUTHBERRY_DATABASE_URL": database_url, "AUTHBERRY_SECRET": SECRET},
        )
    )
    assert code == 1
    assert "Take every factor off the account ada@example.com?" in screen
    assert await everything(rules) == before


@pytest.mark.parametrize(("command", "text"), [("list", LIST_HELP), ("reset", RESET_HELP)])
async def test_the_help_says_what_a_command_does(
    authberry: CommandLine, monkeypatch: pytest.MonkeyPatch, command: str, text: str
) -> None:
    """Word by word: what an operator reads before taking a factor off."""
    monkeypatch.setenv("COLUMNS", "100")
    shown = (await authberry("users", "factors", command, "--help")).out
    lines = [" ".join(line.strip("│╭╮╰╯─ ").split()) for line in shown.splitlines()]
    assert "\n".join(line for line in lines if line) == text.strip()

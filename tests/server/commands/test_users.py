"""`authberry users`: accounts made, listed, disabled, deleted and exported by an operator."""

import json
import subprocess
from pathlib import Path
from uuid import uuid4

import pytest
from command_line import (
    NEW_PASSWORD,
    NOBODY,
    SECRET,
    CommandLine,
    at_a_terminal,
    refused,
    start,
)
from many_rows import add_events, add_people
from people import PASSWORD, PHONE, begin
from rows import everything, session_row, user_row

from authberry import Auth, RefreshTokenTransport
from authberry.errors import InvalidCredentials
from authberry.models import User
from authberry.server.terminal import private_file


async def can_log_in(rules: Auth, password: str) -> bool:
    """Whether Ada can, with that password."""
    try:
        await rules.logins.passwords.login(
            "ada@example.com", password, PHONE, RefreshTokenTransport.BODY
        )
    except InvalidCredentials:
        return False
    return True


async def test_an_account_is_made_with_the_password_from_a_pipe(
    authberry: CommandLine, rules: Auth
) -> None:
    """One line of standard input, whatever system wrote it; the owner can log in with it."""
    outcome = await authberry(
        *("users", "create", "Ada@Example.com", "--name", "Ada"),
        *("--role", "admin", "--role", "editor"),
        stdin=f"{PASSWORD}\r\nmore\n",
    )
    ada = await rules.accounts.find("ada@example.com")
    assert ada is not None
    assert (outcome.code, outcome.out) == (0, f"Created ada@example.com with the id {ada.id}.\n")
    assert f"registered                     [authberry.security] user_id='{ada.id}'" in outcome.err
    assert (ada.name, ada.roles, ada.disabled_at) == ("Ada", ["admin", "editor"], None)
    assert await can_log_in(rules, PASSWORD)


def test_at_a_terminal_the_password_is_asked_for_twice_and_never_shown(
    tmp_path: Path, database_url: str
) -> None:
    """Two that differ are asked for again."""
    answers = [PASSWORD, "a slip of the finger", PASSWORD, PASSWORD]
    code, screen = at_a_terminal(
        *("users", "create", "ada@example.com"),
        answers=answers[:],
        folder=tmp_path,
        environment={"AUTHBERRY_DATABASE_URL": database_url, "AUTHBERRY_SECRET": SECRET},
    )
    assert code == 0
    assert screen.count("New password: ") == 2
    assert screen.count("Repeat for confirmation: ") == 2
    assert "Created ada@example.com" in screen
    assert [answer for answer in answers if answer in screen] == []


@pytest.mark.parametrize("option", ["--password", "-p"])
async def test_no_command_takes_a_password_as_an_argument(
    authberry: CommandLine, option: str
) -> None:
    """Every user of the machine can read the arguments of a process."""
    for command in (["create"], ["set-password"]):
        outcome = await authberry("users", *command, "ada@example.com", option, PASSWORD)
        assert refused(outcome, f"No such option: {option}", code=2)


@pytest.mark.parametrize(
    ("stdin", "line"),
    [
        ("", "no password: write it on standard input"),
        (
            "1234\n",
            (
                "This password is too easy to guess. It is shorter than 8 characters."
                " It is one of the passwords that are tried first. It repeats or counts."
            ),
        ),
        ("\udcff\udcfe12345678\n", "This text has characters that are not Unicode."),
    ],
)
async def test_a_password_that_will_not_do_makes_no_account(
    authberry: CommandLine, rules: Auth, stdin: str, line: str
) -> None:
    """The rules are the same as for everybody, with each reason."""
    before = await everything(rules)
    assert refused(await authberry("users", "create", "ada@example.com", stdin=stdin), line)
    assert await everything(rules) == before


async def test_there_is_one_account_an_address(
    authberry: CommandLine, rules: Auth, ada: User
) -> None:
    """However it is spelt."""
    before = await everything(rules)
    outcome = await authberry("users", "create", "ADA@example.com", stdin=PASSWORD)
    assert refused(outcome, "There is already an account with this e-mail address.")
    assert await everything(rules) == before


async def test_users_are_listed_newest_first(authberry: CommandLine, rules: Auth) -> None:
    """For people as a table, for scripts as JSON with every time in full, a page at a time."""
    people = [
        await rules.accounts.create(f"{name}@example.com", None, name, ("reader",))
        for name in ("Ada", "Bob", "Cyd")
    ]
    ada, bob, cyd = people

    table = await authberry("users", "list")
    assert [row.split()[:4] for row in table.out.splitlines()] == [
        ["ID", "E-MAIL", "NAME", "ROLES"],
        *([str(one.id), one.email, one.name, "reader"] for one in (cyd, bob, ada)),
    ]
    page = await authberry("users", "list", "--json", "--limit", "1", "--offset", "1")
    assert page.json == [
        {
            "id": str(bob.id),
            "email": "bob@example.com",
            "email_verified": False,
            "name": "Bob",
            "roles": ["reader"],
            "created_at": bob.created_at.isoformat(),
            "disabled_at": None,
        }
    ]


async def test_a_list_goes_on_behind_an_account_or_is_all_of_them(
    authberry: CommandLine, rules: Auth
) -> None:
    """However many there are: as a table, as a list, or a line each."""
    people = [str(one) for one in await add_people(rules, 600)]

    async def listed(*options: str) -> list[str]:
        outcome = await authberry("users", "list", "--jsonl", *options)
        return [json.loads(line)["id"] for line in outcome.out.splitlines()]

    assert await listed() == people[:100]
    assert await listed("--all") == people
    assert await listed("--limit", "300", "--after", people[99]) == people[100:400]
    assert await listed("--all", "--offset", "599") == people[599:]
    whole = await authberry("users", "list", "--all", "--json")
    assert [one["id"] for one in whole.json] == people
    assert len(whole.out.splitlines()) == 602
    head, *rows = (await authberry("users", "list", "--all")).out.splitlines()
    assert head.split()[0] == "ID"
    assert [row.split()[0] for row in rows] == people
    assert (await authberry("users", "list", "--json", "--offset", "600")).json == []
    unknown = await authberry("users", "list", "--after", NOBODY)
    assert refused(unknown, f"there is no account {NOBODY}")


async def test_a_reader_that_has_seen_enough_ends_a_list(
    rules: Auth, tmp_path: Path, database_url: str
) -> None:
    """As `head` does; nothing is said of it."""
    await add_people(rules, 3000)
    environment = {"AUTHBERRY_DATABASE_URL": database_url, "AUTHBERRY_SECRET": SECRET}
    arguments = ["users", "list", "--all", "--jsonl"]
    with start(tmp_path, environment, *arguments, out=subprocess.PIPE) as process:
        assert process.stdout
        assert json.loads(process.stdout.readline())["email_verified"] is False
        process.stdout.close()
        said = process.stderr.read() if process.stderr else b""
    assert (process.returncode, said) == (1, b"")


@pytest.mark.parametrize("by", ["email", "id"])
async def test_a_disabled_account_loses_its_sessions_and_gains_none(
    authberry: CommandLine, rules: Auth, ada: User, by: str
) -> None:
    """By address or by id; enabled again, its owner logs in, and the old sessions stay ended."""
    who = str(getattr(ada, by))
    session = (await begin(rules, ada)).session.id

    disabled = await authberry("users", "disable", who)

    assert disabled.code == 0
    assert disabled.out == "Disabled ada@example.com and ended every session.\n"
    assert f"user_disabled                  [authberry.security] user_id='{ada.id}'" in disabled.err
    assert (await user_row(rules, ada))["disabled_at"] is not None
    assert (await session_row(rules, session))["revoked_reason"] == "disabled"
    assert not await can_log_in(rules, PASSWORD)

    enabled = await authberry("users", "enable", who)

    assert enabled.out == "Enabled ada@example.com.\n"
    assert (await user_row(rules, ada))["disabled_at"] is None
    assert (await session_row(rules, session))["revoked_reason"] == "disabled"
    assert await can_log_in(rules, PASSWORD)


async def test_a_password_set_by_the_operator_ends_every_session(
    authberry: CommandLine, rules: Auth, ada: User
) -> None:
    """The old password is no good any more, the new one is."""
    session = (await begin(rules, ada)).session.id
    outcome = await authberry("users", "set-password", ada.email, stdin=NEW_PASSWORD)
    assert outcome.out == "Set the password of ada@example.com and ended every session.\n"
    assert (await session_row(rules, session))["revoked_reason"] == "password set"
    assert not await can_log_in(rules, PASSWORD)
    assert await can_log_in(rules, NEW_PASSWORD)


@pytest.mark.parametrize(
    "command",
    [
        "users disable",
        "users enable",
        "users set-password",
        "sessions list",
        "sessions revoke --user",
        "users delete --yes",
        "users export",
        "events --user",
    ],
)
async def test_an_unknown_person_is_said_to_be_unknown(
    authberry: CommandLine, rules: Auth, ada: User, command: str
) -> None:
    """Nothing changes."""
    before = await everything(rules)
    for who in ("bob@example.com", NOBODY):
        outcome = await authberry(*command.split(), who, stdin=NEW_PASSWORD)
        assert refused(outcome, f"there is no account {who}")
    assert await everything(rules) == before


async def test_an_account_is_deleted_once_it_is_confirmed(
    authberry: CommandLine, rules: Auth, ada: User
) -> None:
    """Whoever only presses return has deleted nothing."""
    await begin(rules, ada)
    for typed in ("", "\n", "n\n"):
        outcome = await authberry("users", "delete", ada.email, stdin=typed)
        assert outcome.code == 1
        assert "Delete the account ada@example.com and everything in it?" in outcome.out
    assert await user_row(rules, ada)

    outcome = await authberry("users", "delete", str(ada.id), stdin="y\n")

    assert outcome.code == 0
    assert outcome.out.endswith("Deleted ada@example.com.\n")
    left = await everything(rules)
    assert (left["User"], left["RefreshToken"]) == ([], [])
    assert [row["letter"] for row in left["OutboxMessage"]] in (["account_deleted"], [])
    happened = {(row["kind"], row["user_id"]) for row in left["SecurityEvent"]}
    assert happened - {("mail_sent", None)} == {("account_deleted", None)}


async def test_a_script_deletes_an_account_without_being_asked(
    authberry: CommandLine, rules: Auth, ada: User
) -> None:
    """Once."""
    outcome = await authberry("users", "delete", ada.email, "--yes")
    assert (outcome.code, outcome.out) == (0, "Deleted ada@example.com.\n")
    again = await authberry("users", "delete", ada.email, "--yes")
    assert refused(again, "there is no account ada@example.com")


async def test_an_export_is_printed_or_written_where_nobody_else_reads_it(
    authberry: CommandLine, rules: Auth, ada: User, tmp_path: Path
) -> None:
    """Also where there was a file that anybody could read."""
    printed = (await authberry("users", "export", ada.email)).json
    assert printed["account"]["email"] == "ada@example.com"
    file = tmp_path / "ada.json"
    file.write_text("x" * 100_000)
    file.chmod(0o644)
    outcome = await authberry("users", "export", ada.email, "--output", str(file))
    assert (outcome.code, outcome.out) == (0, f"Wrote {file}.\n")
    assert file.stat().st_mode & 0o777 == 0o600
    written = json.loads(file.read_text("utf-8"))
    assert [event["kind"] for event in written["events"]] == ["account_exported"]
    assert written["account"] == printed["account"]


async def test_an_export_is_whole_however_much_there_is(
    authberry: CommandLine, rules: Auth, ada: User
) -> None:
    """The same names in the same order as the person gets, and nothing left to ask for."""
    await begin(rules, ada)
    ids = [str(one) for one in await add_events(rules, ada, 1500)]
    exported = (await authberry("users", "export", ada.email)).json
    assert list(exported) == [
        *("format", "service", "exportedAt", "account"),
        *("sessions", "events", "links", "mails", "authenticatorApps", "passkeys"),
        *("recoveryCodes", "trustedDevices", "pendingLogins", "factorResets"),
        *("identities", "externalLogins", "next"),
    ]
    assert [event["id"] for event in exported["events"]] == ids
    assert (len(exported["sessions"]), exported["links"], exported["mails"]) == (1, [], [])
    assert exported["next"] is None


async def test_an_export_that_is_cut_short_leaves_nothing_behind(tmp_path: Path) -> None:
    """Half of a person's data is neither of use nor to be found by others."""
    file = tmp_path / "ada.json"

    def write_half() -> None:
        with private_file(file) as out:
            out.write("half")
            out.flush()
            raise OSError("gone")

    with pytest.raises(OSError, match="gone"):
        write_half()
    assert file.read_text("utf-8") == ""


@pytest.mark.parametrize("typed", ["bob@corp.local", " BOB@Corp.Local", "bob@localhost"])
async def test_an_account_is_found_by_an_address_of_any_form(
    authberry: CommandLine, rules: Auth, monkeypatch: pytest.MonkeyPatch, typed: str
) -> None:
    """Also where none can be made with it, so that an operator can shut whatever there is."""
    email = typed.strip().lower()
    with rules.database.use():
        bob = await User.create(id=uuid4(), email=email, created_at=rules.clock.now())
    monkeypatch.setenv("AUTHBERRY_EMAIL_DOMAINS", "public")
    refusal = await authberry("users", "create", "eve@corp.local", stdin=f"{PASSWORD}\n")
    assert "public internet" in refusal.err
    outcome = await authberry("users", "disable", typed)
    assert (outcome.code, outcome.out) == (0, f"Disabled {email} and ended every session.\n")
    assert (await user_row(rules, bob))["disabled_at"] is not None

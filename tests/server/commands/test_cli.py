"""The command line: what an operator types, what changes, what is said."""

import json
import os
import pty
import re
import signal
import subprocess
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from anyio.to_thread import run_sync
from command_line import (
    AUTHBERRY,
    PRODUCTION,
    SECRET,
    CommandLine,
    Outcome,
    authberry,
    database_url,
    quiet_logging,
    run,
)
from people import PASSWORD, PHONE, begin
from rows import ALL, everything, session_row, user_row

from authberry import Auth, Client, RefreshTokenTransport
from authberry.clock import SystemClock
from authberry.errors import InvalidCredentials
from authberry.models import RefreshToken, SigningKey, User
from authberry.server.terminal import counted
from authberry.signing.keys import KeyState
from authberry.tokens.jose import Key

__all__ = ["authberry", "database_url", "quiet_logging"]

MakeAuth = Callable[..., Awaitable[Auth]]
NOTHING_ELSE = "0 events, 0 accounts, 0 links and 0 signing keys."

ROOT = Path(__file__).parents[2]
NEW_PASSWORD = "a staple of batteries, horse"
NOBODY = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
async def rules(make_auth: MakeAuth) -> Auth:
    """The rules on the database that the commands are run on, by the same clock."""
    return await make_auth(clock=SystemClock(), secret=SECRET)


@pytest.fixture
async def ada(rules: Auth) -> User:
    """Ada, who can log in."""
    return await rules.accounts.create("ada@example.com", PASSWORD, "Ada", ("admin",))


async def can_log_in(rules: Auth, password: str) -> bool:
    """Whether Ada can, with that password."""
    try:
        await rules.accounts.login("ada@example.com", password, PHONE, RefreshTokenTransport.BODY)
    except InvalidCredentials:
        return False
    return True


def refused(outcome: Outcome, line: str, *, code: int = 1) -> bool:
    """Whether a command ended with this one line on standard error, and printed nothing."""
    return (outcome.code, outcome.out, outcome.err) == (code, "", f"error: {line}\n")


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
    )
    assert [name for name in commands if f" {name} " not in whole.out] == []
    of_users = ("create", "list", "disable", "enable", "set-password", "delete", "export")
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
            "the database cannot be used: ConnectionRefusedError",
        ),
        (
            {"AUTHBERRY_DATABASE_URL": "sqlite:///sentinel/nowhere/authberry.db"},
            "the database cannot be used: FileNotFoundError",
        ),
        (
            {**PRODUCTION, "AUTHBERRY_SECRET": "sentinel"},
            (
                "AUTHBERRY_SECRET: is shorter than 32 bytes. Make one with: python3 -c"
                " 'import secrets; print(secrets.token_urlsafe(48))'."
            ),
        ),
        (
            PRODUCTION,
            f"the database cannot be used: it lacks {', '.join(ALL)}: run authberry migrate",
        ),
    ],
)
async def test_a_failure_is_one_line_that_shows_no_value(
    authberry: CommandLine,
    monkeypatch: pytest.MonkeyPatch,
    environment: dict[str, str],
    line: str,
) -> None:
    """No traceback, no password, and a word on what to do."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    outcome = await authberry("users", "list")
    assert refused(outcome, line)
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


# Migrating


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


# Users


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


def at_a_terminal(
    *arguments: str,
    answers: list[str],
    folder: Path,
    environment: dict[str, str],
    interrupt_at: str | None = None,
) -> tuple[int, str]:
    """Run a command in a process with a terminal of its own, and answer each of its questions.

    Ctrl-C is pressed once the screen shows `interrupt_at`.
    """
    ours, theirs = pty.openpty()
    process = subprocess.Popen(  # noqa: S603 - ours
        [*AUTHBERRY, *arguments],
        cwd=folder,
        env={**os.environ, **environment},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    screen, answered = "", 0
    with process, open(ours, "r+b", buffering=0) as terminal:  # noqa: PTH123 - no path
        with suppress(OSError):  # how Linux says that nobody is at the other end any more
            while read := terminal.read(1024):
                screen += read.decode()
                if screen[answered:].endswith(": "):
                    answered = len(screen)
                    terminal.write(f"{answers.pop(0)}\n".encode())
                if interrupt_at and interrupt_at in screen:
                    interrupt_at = None
                    process.send_signal(signal.SIGINT)
        return process.wait(), screen


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


# Events


async def test_events_are_shown_the_newest_last(
    authberry: CommandLine, rules: Auth, ada: User
) -> None:
    """As logs are; of everybody, or of one."""
    await authberry("users", "create", "bob@example.com", stdin=NEW_PASSWORD)
    await authberry("users", "disable", ada.email)
    await authberry("users", "enable", ada.email)

    table = (await authberry("events")).out
    head, *rows = table.splitlines()
    assert head.split()[:3] == ["TIME", "EVENT", "USER"]
    kinds = [row.split()[3] for row in rows]
    assert kinds == ["registered", "user_disabled", "user_enabled"]

    async def kinds_of(*options: str) -> list[str]:
        return [one["kind"] for one in (await authberry("events", "--json", *options)).json]

    assert await kinds_of("--user", ada.email) == ["user_disabled", "user_enabled"]
    assert await kinds_of("--kind", "registered", "--kind", "user_enabled") == [
        "registered",
        "user_enabled",
    ]
    assert await kinds_of("--limit", "1") == ["user_enabled"]
    assert await kinds_of("--since", "2000-01-01") == kinds
    assert await kinds_of("--since", "2999-01-01T00:00:00") == []
    (one, *_) = (await authberry("events", "--json", "--user", ada.email)).json
    assert (one["user_id"], one["user_agent"]) == (str(ada.id), "authberry command line")


def test_events_are_followed_until_somebody_has_seen_enough(
    database_url: str, tmp_path: Path
) -> None:
    """A line of JSON each, as it is written; each once."""
    names = {"AUTHBERRY_DATABASE_URL": database_url, "AUTHBERRY_SECRET": SECRET}
    environment = {**os.environ, **names}

    def make(email: str) -> None:
        subprocess.run(  # noqa: S603 - ours
            [*AUTHBERRY, "users", "create", email],
            cwd=tmp_path,
            env=environment,
            input=NEW_PASSWORD,
            text=True,
            check=True,
            capture_output=True,
        )

    make("ada@example.com")
    with subprocess.Popen(  # noqa: S603 - ours
        [*AUTHBERRY, "events", "--follow"],
        cwd=tmp_path,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as following:
        assert following.stdout
        first = json.loads(following.stdout.readline())
        make("bob@example.com")
        second = json.loads(following.stdout.readline())
        following.terminate()  # whatever runs tests may have SIGINT ignored
        rest = following.stdout.read()
    assert (first["kind"], second["kind"], rest) == ("registered", "registered", "")
    assert first["user_id"] != second["user_id"]


# Sessions


async def test_sessions_are_listed_without_anything_that_could_fool_a_terminal(
    authberry: CommandLine, rules: Auth, ada: User
) -> None:
    """A browser calls itself what it likes; live sessions only, newest use first."""
    over = await begin(rules, ada)
    await rules.sessions.revoke_by_id(over.session.id, PHONE)
    first = (await begin(rules, ada, PHONE)).session
    with rules.database.use():
        await RefreshToken.filter(id=first.id).update(user_agent="\x1b[2J\u202eevil\nline")
    second = (await begin(rules, ada, Client("192.0.2.1", "[bold]Firefox[/bold]"))).session

    table = await authberry("sessions", "list", ada.email)
    _, *rows = table.out.splitlines()
    assert [row.split()[0] for row in rows] == [str(second.id), str(first.id)]
    assert rows[0].rstrip().endswith("192.0.2.1     [bold]Firefox[/bold]")
    assert rows[1].rstrip().endswith(r"198.51.100.7  \x1b[2J\u202eevil\nline")

    listed = (await authberry("sessions", "list", ada.email, "--json")).json
    assert listed[0] == {
        "id": str(second.id),
        "created_at": second.created_at.isoformat(),
        "last_used_at": second.last_used_at.isoformat(),
        "expires_at": second.expires_at.isoformat(),
        "transport": "BODY",
        "ip_address": "192.0.2.1",
        "user_agent": "[bold]Firefox[/bold]",
    }
    assert [one["id"] for one in listed] == [str(second.id), str(first.id)]


async def test_one_session_is_ended_by_its_id(
    authberry: CommandLine, rules: Auth, ada: User
) -> None:
    """Once: afterwards there is no such live session."""
    session, other = [(await begin(rules, ada)).session.id for _ in range(2)]
    outcome = await authberry("sessions", "revoke", str(session))
    assert (outcome.code, outcome.out) == (0, "Ended 1 session.\n")
    assert "sessions_revoked" in outcome.err
    assert (await session_row(rules, session))["revoked_reason"] == "operator"
    assert (await session_row(rules, other))["revoked_at"] is None
    again = await authberry("sessions", "revoke", str(session))
    assert refused(again, f"there is no live session {session}")


async def test_every_session_of_a_person_is_ended_at_once(
    authberry: CommandLine, rules: Auth, ada: User
) -> None:
    """And nobody else's."""
    hers = [(await begin(rules, ada)).session.id for _ in range(2)]
    bob = await rules.accounts.create("bob@example.com", None)
    his = (await begin(rules, bob)).session.id
    outcome = await authberry("sessions", "revoke", "--user", ada.email)
    assert (outcome.code, outcome.out) == (0, "Ended 2 sessions.\n")
    reasons = [(await session_row(rules, one))["revoked_reason"] for one in (*hers, his)]
    assert reasons == ["operator", "operator", None]


async def test_every_session_there_is_is_ended_at_once(
    authberry: CommandLine, rules: Auth, ada: User
) -> None:
    """As after a backup was restored: nobody comes back who had logged out meanwhile."""
    bob = await rules.accounts.create("bob@example.com", None)
    issued = [await begin(rules, user) for user in (ada, ada, bob)]
    await rules.sessions.revoke_by_id(issued[0].session.id, Client())
    outcome = await authberry("sessions", "revoke", "--everyone")
    assert (outcome.code, outcome.out) == (0, "Ended 2 sessions.\n")
    for one in issued:
        assert (await session_row(rules, one))["revoked_reason"] == "operator"
    outcome = await authberry("sessions", "revoke", "--everyone", "--user", ada.email)
    assert outcome.code == 2


# Keys


async def test_a_new_key_is_published_before_it_signs(authberry: CommandLine, rules: Auth) -> None:
    """Caches have a quarter of an hour to see it."""
    outcome = await authberry("keys", "rotate")
    await rules.keys.load()
    (active, _), (following, state) = rules.keys.states()
    assert state is KeyState.NEXT
    starts = following.activates_at.strftime("%Y-%m-%d %H:%M UTC")
    assert outcome == Outcome(0, f"Key {following.key.kid} signs from {starts} on.\n", "")
    assert following.activates_at - datetime.now(UTC) > timedelta(minutes=14)
    assert rules.keys.signing().kid == active.key.kid


async def test_a_new_key_signs_at_once_when_told_to(authberry: CommandLine, rules: Auth) -> None:
    """As when the present one is known to be stolen; what that one signed is still verified."""
    outcome = await authberry("keys", "rotate", "--immediately")
    await rules.keys.load()
    assert outcome.out.startswith(f"Key {rules.keys.signing().kid} signs from ")
    assert [state for _, state in rules.keys.states()] == [KeyState.RETIRED, KeyState.ACTIVE]


async def test_keys_are_listed_oldest_first(authberry: CommandLine, rules: Auth) -> None:
    """With the time each signs from and until; nothing secret is in the list."""
    await authberry("keys", "rotate")
    await rules.keys.load()
    (active, _), (following, _) = rules.keys.states()
    listed = await authberry("keys", "list", "--json")
    assert listed.json == [
        {
            "kid": held.key.kid,
            "algorithm": "ES256",
            "state": state,
            "created_at": held.created_at.isoformat() if held.created_at else None,
            "activates_at": held.activates_at.isoformat(),
            "retires_at": held.retires_at.isoformat() if held.retires_at else None,
        }
        for held, state in ((active, "active"), (following, "next"))
    ]
    table = await authberry("keys", "list")
    _, *rows = table.out.splitlines()
    assert [row.split()[:3] for row in rows] == [
        [active.key.kid, "ES256", "active"],
        [following.key.kid, "ES256", "next"],
    ]


async def test_keys_from_the_environment_are_rotated_there(
    authberry: CommandLine, rules: Auth, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A command that seemed to rotate them would do nothing."""
    jwk = dict(Key.generate("ES256").jwk)
    monkeypatch.setenv("AUTHBERRY_SIGNING_KEYS", f'{{"keys": [{jwk}]}}'.replace("'", '"'))
    before = await everything(rules)
    outcome = await authberry("keys", "rotate")
    assert refused(outcome, "AUTHBERRY_SIGNING_KEYS holds the keys: rotate them there")
    assert await everything(rules) == before


# Pruning


async def test_prune_deletes_what_is_over_and_says_how_much(
    authberry: CommandLine, rules: Auth, ada: User
) -> None:
    """Sessions dead for a day, and keys of which no token can be good; nothing that lives."""
    dead, live = [(await begin(rules, ada)).session.id for _ in range(2)]
    long_ago = datetime.now(UTC) - timedelta(days=2)
    await rules.keys.rotate(immediately=True)
    with rules.database.use():
        await RefreshToken.filter(id=dead).update(expires_at=long_ago)
        await SigningKey.all().update(activates_at=long_ago)

    outcome = await authberry("prune")

    assert outcome == Outcome(
        0, "Deleted 1 session, 0 events, 0 accounts, 0 links and 1 signing key.\n", ""
    )
    rows = await everything(rules)
    assert [row["id"] for row in rows["RefreshToken"]] == [live]
    assert len(rows["SigningKey"]) == 1


async def test_prune_shows_how_far_it_is_and_can_be_interrupted(
    authberry: CommandLine, rules: Auth, ada: User, database_url: str, tmp_path: Path
) -> None:
    """It then says what it did, and the next one does the rest; what lives is never touched."""
    live = (await begin(rules, ada)).session.id
    await make_dead(rules, ada, 5000)

    code, screen = await run_sync(
        lambda: at_a_terminal(
            "prune",
            answers=[],
            folder=tmp_path,
            environment={"AUTHBERRY_DATABASE_URL": database_url, "AUTHBERRY_SECRET": SECRET},
            interrupt_at=" deleted",
        )
    )

    assert code == 130
    assert "Traceback" not in screen
    assert re.search(r"Pruning .+ \d%.* \d+ sessions seen, \d+ deleted", screen)
    left = len((await everything(rules))["RefreshToken"])
    assert 1 < left < 5001
    assert f"Deleted {5001 - left} sessions, {NOTHING_ELSE}" in screen
    outcome = await authberry("prune")
    assert outcome.out == f"Deleted {counted(left - 1, 'session')}, {NOTHING_ELSE}\n"
    assert [row["id"] for row in (await everything(rules))["RefreshToken"]] == [live]


async def make_dead(rules: Auth, user: User, number: int) -> None:
    """Write sessions that expired two days ago."""
    times = dict.fromkeys(
        ("authenticated_at", "created_at", "last_used_at", "expires_at", "absolute_expires_at"),
        datetime.now(UTC) - timedelta(days=2),
    )
    facts = {"user": user, "token_hash": "0" * 64, "transport": "BODY", **times}
    with rules.database.use():
        await RefreshToken.bulk_create(RefreshToken(id=uuid4(), **facts) for _ in range(number))

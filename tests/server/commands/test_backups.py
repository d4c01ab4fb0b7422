"""`authberry backup` and `authberry restore`, beside a server and after it."""

import json
import os
import signal
import stat
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import httpx
import pytest
from command_line import SECRET, CommandLine, Outcome, Serving, refused
from documents import REFRESH_TOKEN, REGISTER
from people import PASSWORD
from postgres_programs import PATH

DATABASE = os.environ.get("TEST_DATABASE", "sqlite")

pytestmark = pytest.mark.own_tables("they are restored")
Command = Callable[..., Outcome]


@pytest.fixture
def environment(database_url: str) -> dict[str, str]:
    """The test's database, a secret, and the programs of the test's server."""
    return {
        "AUTHBERRY_DATABASE_URL": database_url,
        "AUTHBERRY_SECRET": SECRET,
        "AUTHBERRY_REGISTER_ATTEMPTS": "",
        "AUTHBERRY_EMAIL_VERIFICATION": "off",
        "PATH": PATH,
    }


@pytest.fixture
def command(
    authberry: CommandLine, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> Command:
    """Run one command."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return lambda *arguments: authberry._run(arguments, "")


@pytest.fixture
def serving(tmp_path: Path, environment: dict[str, str]) -> Callable[[], Serving]:
    """Serve until a block ends."""
    return lambda: Serving(tmp_path, environment)


def place(database_url: str) -> str:
    """What a message calls the test's database."""
    if DATABASE == "sqlite":
        return database_url.removeprefix("sqlite://")
    return f"PostgreSQL at 127.0.0.1:{httpx.URL(database_url).port}"


def ask(server: Serving, document: str, **variables: object) -> dict[str, object]:
    """Ask a server, and return the one field of the answer."""
    body = {"query": document, "variables": variables}
    answer = httpx.post(f"{server.url}/graphql", json=body, timeout=60).json()
    (field,) = answer["data"].values()
    assert isinstance(field, dict), answer
    return field


def register(server: Serving, number: int) -> str:
    """Make a person; returns their refresh token."""
    email = f"{number}@example.com"
    made = ask(server, REGISTER, email=email, password=PASSWORD, transport="BODY")
    return str(made["refreshToken"])


def people(command: Command) -> int:
    """How many there are."""
    listed = command("users", "list", "--json", "--limit", "100000")
    return len(json.loads(listed.out))


@contextmanager
def registering(server: Serving) -> Iterator[list[str]]:
    """Have people registered one after another while the block lasts; yields their tokens."""
    tokens: list[str] = []
    has_begun, is_over = threading.Event(), threading.Event()

    def go() -> None:
        for number in count():
            if is_over.is_set():
                return
            tokens.append(register(server, number))
            has_begun.set()

    thread = threading.Thread(target=go)
    thread.start()
    has_begun.wait()
    yield tokens
    is_over.set()
    thread.join()


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGKILL])
def test_what_is_backed_up_amid_writes_is_what_is_restored(
    command: Command, serving: Callable[[], Serving], tmp_path: Path, end: signal.Signals
) -> None:
    """Everybody of then and nobody of later, even where a killed server left a log of writes."""
    with serving() as server:
        with registering(server) as tokens:
            at_least = len(tokens)
            assert command("backup", "copy").code == 0
            at_most = len(tokens) + 1
        later = len(tokens)
        server.stop(end)
    assert people(command) == later

    restored = command("restore", "copy", "--yes")

    assert (restored.code, restored.err) == (0, "")
    assert at_least <= people(command) <= at_most
    with serving() as server:
        first = ask(server, REFRESH_TOKEN, refreshToken=tokens[0])
        assert first["__typename"] == "AuthPayload"
        assert register(server, later)
    assert not [*tmp_path.glob("*.partial")]
    assert stat.S_IMODE((tmp_path / "copy").stat().st_mode) == 0o600


def test_nothing_is_restored_while_a_server_runs(
    command: Command, serving: Callable[[], Serving], database_url: str
) -> None:
    """And what it serves is as it was; the line says what to do."""
    with serving() as server:
        register(server, 0)
        assert command("backup", "copy").code == 0
        register(server, 1)
        outcome = command("restore", "copy", "--yes")
        assert (outcome.code, outcome.out) == (1, "")
        assert outcome.err.startswith(f"error: {place(database_url)}: ")
        assert outcome.err.endswith(", and restore again\n")
        register(server, 2)
    assert people(command) == 3


def test_a_backup_replaces_no_file_unless_told_to(
    command: Command, tmp_path: Path, database_url: str
) -> None:
    """A slip costs nobody the backup of yesterday."""
    assert command("migrate").code == 0
    (tmp_path / "copy").write_text("yesterday", "utf-8")
    line = "copy is there already. Name another file, or say --overwrite"
    assert refused(command("backup", "copy"), f"{place(database_url)}: {line}")
    assert (tmp_path / "copy").read_text("utf-8") == "yesterday"
    told = command("backup", "copy", "--overwrite")
    assert told == Outcome(
        0,
        "Wrote copy.\nAUTHBERRY_SECRET is not in it, and without it no signing key can be read:"
        " keep it too.\n",
        "",
    )
    restored = command("restore", "copy", "--yes")
    kept = [line for line in restored.out.splitlines() if line.startswith("What was there before")]
    assert len(kept) == (1 if DATABASE == "sqlite" else 0)
    assert [line for line in restored.out.splitlines() if line not in kept] == [
        "Restored copy.",
        "Sessions and passwords are as they were then. Before a server starts:",
        "  authberry migrate                     # if this version is later than the backup's",
        "  authberry sessions revoke --everyone  # so that no session of then lives again",
    ]


def test_what_is_no_backup_changes_nothing(
    command: Command, tmp_path: Path, database_url: str
) -> None:
    """It is looked at before anything is touched."""
    assert command("migrate").code == 0
    assert command("backup", "copy").code == 0
    whole = (tmp_path / "copy").read_bytes()
    magic = {"sqlite": b"SQLite format 3\0", "postgres": b"PGDMP"}
    other = magic["postgres" if DATABASE == "sqlite" else "sqlite"]
    for content in (b"", b"some text", other, whole[: len(whole) // 2], magic[DATABASE]):
        (tmp_path / "copy").write_bytes(content)
        outcome = command("restore", "copy", "--yes")
        assert (outcome.code, outcome.out) == (1, ""), content[:16]
        assert outcome.err.count("\n") == 1, outcome.err
    assert command("restore", "missing", "--yes").code == 1
    assert command("migrate").out == "Nothing to do: the tables are up to date.\n"
    assert people(command) == 0


def test_without_a_yes_nothing_is_restored(command: Command, tmp_path: Path) -> None:
    """A person is asked; a script without one is refused."""
    assert command("migrate").code == 0
    assert command("backup", "copy").code == 0
    outcome = command("restore", "copy")
    assert outcome.code == 1
    assert "Replace everything in" in outcome.out
    assert "Restored" not in outcome.out

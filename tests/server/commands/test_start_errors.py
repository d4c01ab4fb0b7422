"""Whatever keeps a service from starting is said alike by `serve`, the doctor, and to a host."""

import signal
import tempfile
from pathlib import Path

import pytest
from command_line import PRODUCTION, SECRET, CommandLine

from authberry import Auth, Settings, SettingsError
from authberry.models import DatabaseTooNew, DatabaseUnavailable

Case = tuple[dict[str, str | None], type[Exception], str, tuple[str, ...]]

NO_SECRET = {"AUTHBERRY_SECRET": None}

CASES: dict[str, Case] = {
    "no folder": (
        {"AUTHBERRY_DATABASE_URL": "sqlite:///nowhere/a.db"},
        DatabaseUnavailable,
        "DATABASE_URL",
        ("names /nowhere", "Make it, or name another file"),
    ),
    "no folder, no secret": (
        {**NO_SECRET, "AUTHBERRY_DATABASE_URL": "sqlite:///nowhere/a.db"},
        SettingsError,
        "DATABASE_URL",
        ("names ", "/nowhere", "is not a folder that is there", "Make it, or name another file"),
    ),
    "below a file": (
        {"AUTHBERRY_DATABASE_URL": "sqlite://FOLDER/text/a.db"},
        DatabaseUnavailable,
        "DATABASE_URL",
        ("names FOLDER/text/a.db", "Make it, or name another file"),
    ),
    "a folder": (
        {"AUTHBERRY_DATABASE_URL": "sqlite://FOLDER"},
        DatabaseUnavailable,
        "DATABASE_URL",
        ("names FOLDER", "it is a folder", "Name a file in it"),
    ),
    "no database": (
        {"AUTHBERRY_DATABASE_URL": "sqlite://FOLDER/text"},
        DatabaseUnavailable,
        "DATABASE_URL",
        ("names FOLDER/text", "the file is not an SQLite database", "Name another"),
    ),
    "no server": (
        {"AUTHBERRY_DATABASE_URL": "postgresql://ada:sentinel@127.0.0.1:1/authberry"},
        DatabaseUnavailable,
        "DATABASE_URL",
        ("names PostgreSQL at 127.0.0.1:1", "cannot be reached", "Start it, or correct the host"),
    ),
    "a password that is not encoded": (
        {"AUTHBERRY_DATABASE_URL": "postgresql://sentinel:1/sentinel@127.0.0.1/authberry"},
        SettingsError,
        "DATABASE_URL",
        ("must be sqlite://path or postgresql://", "the password percent-encoded"),
    ),
    "another kind of database": (
        {"AUTHBERRY_DATABASE_URL": "mysql://ada:sentinel@127.0.0.1/authberry"},
        SettingsError,
        "DATABASE_URL",
        ("must be sqlite://path or postgresql://",),
    ),
    "a lost file": (
        {**NO_SECRET, "AUTHBERRY_SECRET_FILE": "FOLDER/lost"},
        SettingsError,
        "SECRET_FILE",
        ("names FOLDER/lost", "No such file", "Check that it is there"),
    ),
    "an empty file": (
        {"AUTHBERRY_SMTP_URL_FILE": "FOLDER/empty"},
        SettingsError,
        "SMTP_URL_FILE",
        ("names FOLDER/empty", "is empty", "Check that it is there"),
    ),
    "a secret for a file": (
        {**NO_SECRET, "AUTHBERRY_SECRET_FILE": "sentinel/c2VudGluZWw"},
        SettingsError,
        "SECRET_FILE",
        ("names a file", "No such file", "Check that it is there"),
    ),
    "given twice": (
        {"AUTHBERRY_SECRET_FILE": "FOLDER/text"},
        SettingsError,
        "SECRET",
        ("emove one of them",),
    ),
    "no templates": (
        {"AUTHBERRY_MAIL_TEMPLATES": "FOLDER/lost"},
        SettingsError,
        "MAIL_TEMPLATES",
        ("must name a folder that can be read, which FOLDER/lost is not",),
    ),
    "no secret in production": (
        {**PRODUCTION, **NO_SECRET},
        SettingsError,
        "SECRET",
        ("is required in production", "Make one with"),
    ),
    "no key": (
        {"AUTHBERRY_SIGNING_KEYS": "sentinel"},
        SettingsError,
        "SIGNING_KEYS",
        ("authberry keys generate",),
    ),
    "no tables in production": (
        {**PRODUCTION, "AUTHBERRY_DATABASE_URL": "sqlite://FOLDER/none.db"},
        DatabaseUnavailable,
        "DATABASE_URL",
        ("names FOLDER/none.db", "authberry migrate"),
    ),
}


@pytest.fixture(autouse=True)
def _no_signals(monkeypatch: pytest.MonkeyPatch) -> None:
    """Run `serve` beside the test, where only the main thread may wait for signals."""
    monkeypatch.setattr(signal, "signal", lambda *_: None)


@pytest.mark.parametrize("case", list(CASES))
async def test_a_start_that_fails_names_the_setting_the_place_and_what_to_do(
    authberry: CommandLine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, case: str
) -> None:
    """In one line, with no traceback and nothing that may be a secret."""
    environment, kind, setting, parts = CASES[case]
    (tmp_path / "text").write_text("no database at all\n" * 100)
    (tmp_path / "empty").touch()
    for name, value in environment.items():
        if value is None:
            monkeypatch.delenv(name)
        else:
            monkeypatch.setenv(name, value.replace("FOLDER", str(tmp_path)))
    doctor = await authberry("doctor")
    serve = await authberry("serve", "--port", "0")
    with pytest.raises(kind) as refusal:
        async with Auth(Settings.load()):
            pass
    assert (doctor.code, serve.code, serve.out) == (1, 1, "")
    assert serve.err.startswith("error: ")
    assert serve.err.count("\n") == 1
    (told,) = [
        line
        for line in doctor.out.splitlines()
        if line.startswith(f"danger: AUTHBERRY_{setting}")
        and all(_is_in(part, line, tmp_path) for part in parts)
    ]
    for line in (told, serve.err, str(refusal.value)):
        assert f"AUTHBERRY_{setting}" in line
        assert [part for part in parts if not _is_in(part, line, tmp_path)] == []
        assert "sentinel" not in line


def _is_in(part: str, line: str, folder: Path) -> bool:
    return part.replace("FOLDER", str(folder)) in line


async def test_a_process_with_a_secret_of_its_own_is_told_to_share_one(
    authberry: CommandLine, rules: Auth, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """As four copies in development have, of which one made the keys."""
    monkeypatch.delenv("AUTHBERRY_SECRET")
    secret = tmp_path / "authberry.secret"
    before = await authberry("doctor")
    assert not secret.exists()
    serve = await authberry("serve", "--port", "0")
    assert secret.exists()
    after = await authberry("doctor")
    with pytest.raises(SettingsError) as refusal:
        async with Auth(Settings.load()):
            pass
    for outcome in (before, after):
        (line,) = [one for one in outcome.out.splitlines() if "AUTHBERRY_SECRET" in one]
        assert "does not fit the signing keys in the database" in line
        assert ". Give every process that uses this database " in line
    told = (
        f"AUTHBERRY_SECRET: is not set, and the one that development keeps in {secret} does not"
        " fit the signing keys in the database, which were made with another. Give every process"
        " that uses this database one and the same AUTHBERRY_SECRET, or that file"
    )
    assert (serve.code, serve.err, str(refusal.value)) == (1, f"error: {told}\n", told)
    monkeypatch.setenv("AUTHBERRY_SECRET", SECRET)
    assert (await authberry("keys", "list")).code == 0


@pytest.mark.own_tables("a later version leaves a trace")
async def test_tables_of_a_later_version_are_said_to_be_that(
    authberry: CommandLine, rules: Auth
) -> None:
    """Development would change them: so it does not start, and the doctor says so."""
    with rules.database.use():
        await rules.database._context.db().execute_script(
            "INSERT INTO tortoise_migrations (app, name, applied_at)"
            " VALUES ('authberry', '0099_later', CURRENT_TIMESTAMP)"
        )
    doctor = await authberry("doctor")
    serve = await authberry("serve", "--port", "0")
    with pytest.raises(DatabaseTooNew) as refusal:
        async with Auth(Settings.load()):
            pass
    told = (
        f"AUTHBERRY_DATABASE_URL names {rules.database.place}: a later version has changed its"
        " tables: 0099_later. Run that version, or name another database"
    )
    assert (serve.code, serve.err, str(refusal.value)) == (1, f"error: {told}\n", told)
    assert doctor.code == 1
    assert (
        "danger: AUTHBERRY_DATABASE_URL: names a database that a later version has changed:"
        " 0099_later. Run that version here too.\n"
    ) in doctor.out


async def test_workers_without_a_folder_for_temporary_files_are_told_of_it(
    authberry: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on a root that is read-only, where they would keep their metrics."""
    monkeypatch.setattr(tempfile, "tempdir", "/nowhere")
    serve = await authberry("serve", "--port", "0", "--workers", "2")
    line = "TMPDIR: no folder for temporary files can be written to, which --workers needs."
    assert (serve.code, serve.err) == (1, f"error: {line} Name one\n")

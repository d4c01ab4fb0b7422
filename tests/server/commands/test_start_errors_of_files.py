"""What a start says of files and folders that this user may not use.

Permissions hold for the process that is started, even where root runs the tests.
"""

import os
import sys
from pathlib import Path

import pytest
from command_line import AUTHBERRY, PRODUCTION, SECRET, run_program

OBEYING = ("setpriv", "--bounding-set=-dac_override,-dac_read_search") if os.geteuid() == 0 else ()
HOST = (
    "import asyncio; from authberry import Auth, Settings;"
    " asyncio.run(Auth(Settings.load()).__aenter__())"
)
UNAVAILABLE = "authberry.models.database.errors.DatabaseUnavailable"
REFUSED = "authberry.settings.sources.SettingsError"
WITH_SECRET = {"AUTHBERRY_SECRET": SECRET}
SQLITE = {"AUTHBERRY_DATABASE_URL": "sqlite://FOLDER/a.db"}
POSTGRES = {"AUTHBERRY_DATABASE_URL": "postgresql://ada:sentinel@127.0.0.1:1/authberry"}

CASES = {
    "a folder": (
        {**SQLITE, **WITH_SECRET}, {"": 0o555}, UNAVAILABLE,
        ("AUTHBERRY_DATABASE_URL", "FOLDER", "may not write", "Let it, or name another file"),
    ),
    "a folder, and no secret": (
        SQLITE, {"": 0o555}, REFUSED,
        ("AUTHBERRY_DATABASE_URL", "FOLDER", "may not write", "Let it, or name another file"),
    ),
    "a folder in which the file is": (
        {**SQLITE, **WITH_SECRET}, {"a.db": 0o600, "": 0o555}, UNAVAILABLE,
        ("AUTHBERRY_DATABASE_URL", "FOLDER", "may not write", "Let it, or name another file"),
    ),
    "a folder in production": (
        {**SQLITE, **PRODUCTION}, {"": 0o555}, UNAVAILABLE,
        ("AUTHBERRY_DATABASE_URL", "FOLDER", "may not write", "Let it, or name another file"),
    ),
    "a file": (
        {**SQLITE, **WITH_SECRET}, {"a.db": 0o444}, UNAVAILABLE,
        ("AUTHBERRY_DATABASE_URL", "FOLDER/a.db", "may not read it and write to it", "Let it, or"),
    ),
    "a file for a secret": (
        {**SQLITE, "AUTHBERRY_SECRET_FILE": "FOLDER/secret"}, {"secret": 0o000}, REFUSED,
        ("AUTHBERRY_SECRET_FILE", "FOLDER/secret", "Permission denied", "that this user may read"),
    ),
    "the secret of development": (
        SQLITE, {"a.secret": 0o000}, REFUSED,
        ("AUTHBERRY_SECRET", "FOLDER/a.secret", "Permission denied", "Set AUTHBERRY_SECRET, or"),
    ),
    "the folder of the process": (
        POSTGRES, {"": 0o555}, REFUSED,
        ("AUTHBERRY_SECRET", "is not set", "FOLDER", "Set "),
    ),
    "a folder for metrics": (
        {**SQLITE, **WITH_SECRET, "PROMETHEUS_MULTIPROC_DIR": "FOLDER/metrics"}, {}, REFUSED,
        ("PROMETHEUS_MULTIPROC_DIR", "FOLDER/metrics", "No such file", "Make that folder, or"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", list(CASES))
def test_what_this_user_may_not_use_is_named_with_its_setting(tmp_path: Path, case: str) -> None:
    """`serve` says it in one line, a host gets an error that is documented, the doctor finds it."""
    values, modes, kind, expected = CASES[case]
    folder = tmp_path / "data"
    folder.mkdir()
    for name, mode in modes.items():
        if name:
            (folder / name).touch()
        (folder / name).chmod(mode)
    environment = {name: value.replace("FOLDER", str(folder)) for name, value in values.items()}
    parts = [part.replace("FOLDER", str(folder)) for part in expected]

    doctor = run_program(folder, environment, *OBEYING, *AUTHBERRY, "doctor")
    serve = run_program(folder, environment, *OBEYING, *AUTHBERRY, "serve", "--port", "0")
    host = run_program(folder, environment, *OBEYING, sys.executable, "-c", HOST)

    folder.chmod(0o755)
    assert (doctor.code, serve.code, serve.out, host.code) == (1, 1, "", 1)
    assert serve.err.startswith("error: ")
    assert serve.err.count("\n") == 1
    raised = host.err.splitlines()[-1]
    assert raised.startswith(f"{kind}: ")
    found = [line for line in doctor.out.splitlines() if line.startswith(f"danger: {parts[0]}: ")]
    assert len(found) == 1
    for line in (serve.err, raised, *found):
        assert [part for part in parts if part not in line] == []
        assert "sentinel" not in line

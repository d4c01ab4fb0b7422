"""Backups of PostgreSQL: the programs, what they are told, and both killed in the middle."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import asyncpg
import pytest
from anyio.to_thread import run_sync
from postgres_backups import mode, partials, people, put_back, save
from postgres_programs import PATH, program
from rows import ALL

from authberry.models import Database
from authberry.models.backups import BackupError

KILL_US = """
import os, signal, sys
if "--version" in sys.argv:
    os.execv(REAL, [REAL, "--version"])
os.kill(os.getppid(), signal.SIGKILL)
"""
KILL_BOTH = """
import asyncio, os, signal, subprocess, sys
import asyncpg
if "--single-transaction" not in sys.argv:
    os.execv(REAL, [REAL, *sys.argv[1:]])

async def main():
    holder, looker = [await asyncpg.connect() for _ in range(2)]
    await holder.execute("BEGIN; LOCK TABLE authberry_user IN ACCESS SHARE MODE")
    program = subprocess.Popen([REAL, *sys.argv[1:]])
    waits = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
    while not await looker.fetchval(f"{waits} AND datname = current_database()"):
        await asyncio.sleep(0.02)
    program.kill()
    program.wait()
    os.kill(os.getppid(), signal.SIGKILL)

asyncio.run(main())
"""
SCHEMA = "SELECT n.*::text FROM pg_namespace AS n WHERE nspname = 'public'"
RUN = """
import sys
from pathlib import Path
from authberry.models import Database
from authberry.models.backups import back_up, restore

does = {"back_up": back_up, "restore": restore}[sys.argv[1]]
does(Database(sys.argv[2]), Path(sys.argv[3]), print)
"""


async def killed(path: str, does: str, url: str, file: Path) -> bool:
    """Whether a process was killed while it was at it."""
    words = [sys.executable, "-c", RUN, does, url, str(file)]
    environment = {**os.environ, "PATH": path}
    done = await run_sync(lambda: subprocess.run(words, env=environment, check=False))  # noqa: S603 - ours
    return done.returncode == -signal.SIGKILL


async def test_a_restored_database_is_what_the_backup_has(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    """With triggers, functions and privileges, in the same database and in an empty one."""
    await people(database_url, "ada")
    connection = await asyncpg.connect(database_url)
    await connection.execute("GRANT SELECT ON authberry_user TO pg_monitor")
    await connection.close()
    await save(database, tmp_path / "copy")
    assert mode(tmp_path / "copy") == 0o600
    before = await definitions(database_url)
    await people(database_url, "bob")
    await put_back(database, tmp_path / "copy")
    assert await people(database_url) == ["ada"]
    assert await definitions(database_url) == before
    await emptied(database_url)
    await put_back(database, tmp_path / "copy")
    assert await people(database_url) == ["ada"]
    assert await definitions(database_url) == before
    await database.open()
    assert await database.applied_migrations() == ALL


async def test_who_only_may_make_tables_can_back_up_and_restore(
    database_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The schema is somebody else's, as PostgreSQL has it from version 15 on; and so it stays."""
    monkeypatch.setenv("PATH", PATH)
    connection = await asyncpg.connect(database_url)
    if not await connection.fetchval("SELECT to_regrole('authberry_service')"):
        await connection.execute("CREATE ROLE authberry_service LOGIN")
    await connection.execute("GRANT USAGE, CREATE ON SCHEMA public TO authberry_service")
    before = await connection.fetchval(SCHEMA)
    url = database_url.replace("postgres@", "authberry_service@")
    database = Database(url)
    await database.open()
    await database.migrate()
    await database.close()
    await connection.close()
    await save(database, tmp_path / "copy")
    await people(url, "ada")
    await put_back(database, tmp_path / "copy")
    assert await people(url) == []
    connection = await asyncpg.connect(database_url)
    assert await connection.fetchval(SCHEMA) == before
    await connection.close()


async def definitions(url: str) -> list[str]:
    """What tables, privileges, triggers, functions and constraints there are."""
    connection = await asyncpg.connect(url)
    rows = await connection.fetch("""
        SELECT relname || ' ' || relkind::text AS name FROM pg_class
          WHERE relnamespace = 'public'::regnamespace
        UNION ALL SELECT relname || relacl::text FROM pg_class
          WHERE relnamespace = 'public'::regnamespace AND relacl IS NOT NULL
        UNION ALL SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal
        UNION ALL SELECT pg_get_functiondef(oid) FROM pg_proc
          WHERE pronamespace = 'public'::regnamespace
        UNION ALL SELECT conname || pg_get_constraintdef(oid) FROM pg_constraint
          WHERE connamespace = 'public'::regnamespace
        ORDER BY 1""")
    await connection.close()
    return [row["name"] for row in rows]


async def emptied(url: str) -> None:
    """Leave nothing in a database."""
    connection = await asyncpg.connect(url)
    await connection.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    await connection.close()


async def test_a_backup_killed_in_the_middle_is_none(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    """There is nothing under its name, and what is left under another is its owner's."""
    path = program(tmp_path / "bin", "pg_dump", KILL_US)
    assert await killed(path, "back_up", database_url, tmp_path / "copy")
    assert not (tmp_path / "copy").exists()
    (partial,) = partials(tmp_path)
    assert mode(partial) == 0o600
    await save(database, tmp_path / "copy")
    await put_back(database, tmp_path / "copy")


async def test_a_restore_killed_in_the_middle_leaves_the_database_of_before(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    """Both of them are killed, when half of the tables have been dropped."""
    await save(database, tmp_path / "copy")
    await people(database_url, "ada")
    before = await definitions(database_url)
    path = program(tmp_path / "bin", "pg_restore", KILL_BOTH)
    assert await killed(path, "restore", database_url, tmp_path / "copy")
    await alone(database_url)
    assert await people(database_url) == ["ada"]
    assert await definitions(database_url) == before
    await put_back(database, tmp_path / "copy")
    assert await people(database_url) == []


async def alone(url: str) -> None:
    """Wait until the server has noticed that others are gone."""
    connection = await asyncpg.connect(url)
    others = (
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
        " AND pid <> pg_backend_pid() AND usename IS NOT NULL"
    )
    while await connection.fetchval(others):
        await connection.execute("SELECT pg_sleep(0.05)")
    await connection.close()


async def test_whoever_is_connected_stands_in_the_way(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    """They are named, by what they call themselves and their process; nothing is changed."""
    await save(database, tmp_path / "copy")
    await people(database_url, "ada")
    other = await asyncpg.connect(database_url, server_settings={"application_name": "pgbouncer"})
    with pytest.raises(BackupError) as refusal:
        await put_back(database, tmp_path / "copy")
    assert str(refusal.value) == (
        f"pgbouncer (process {other.get_server_pid()}) is connected to it. Stop servers, poolers"
        " and whoever else is, and restore again"
    )
    await other.close()
    await alone(database_url)
    assert await people(database_url) == ["ada"]


async def test_only_a_whole_backup_of_ours_is_restored(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    """Each of the others is refused with what it is, and the database stays."""
    copy = tmp_path / "copy"
    connection = await asyncpg.connect(database_url)
    await connection.execute(
        "INSERT INTO tortoise_migrations (app, name, applied_at)"
        " VALUES ('authberry', '9999_later', now())"
    )
    await save(database, copy)
    await connection.execute("DELETE FROM tortoise_migrations WHERE name = '9999_later'")
    await connection.close()
    with pytest.raises(BackupError, match="is of a later version than this one: 9999_later"):
        await put_back(database, copy)
    copy.unlink()
    await save(database, copy)
    whole = copy.read_bytes()
    await people(database_url, "ada")
    for content in (
        b"",
        b"some text",
        b"SQLite format 3\0",
        b"PGDMP",
        whole[: len(whole) // 3 * 2],
    ):
        copy.write_bytes(content)
        with pytest.raises(BackupError):
            await put_back(database, copy)
    assert await people(database_url) == ["ada"]


async def test_tables_that_a_backup_has_not_are_named(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    """A later version made them; they would be in the way of its migrations."""
    await save(database, tmp_path / "copy")
    connection = await asyncpg.connect(database_url)
    await connection.execute("CREATE TABLE authberry_later (id int)")
    await connection.close()
    with pytest.raises(BackupError, match="it has tables that the backup has not: authberry_later"):
        await put_back(database, tmp_path / "copy")


async def test_there_is_no_backup_of_an_empty_database(
    database_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """It would restore nothing."""
    monkeypatch.setenv("PATH", PATH)
    with pytest.raises(BackupError, match="it has no tables of Authberry"):
        await save(Database(database_url), tmp_path / "copy")
    assert partials(tmp_path) == []
    assert not (tmp_path / "copy").exists()

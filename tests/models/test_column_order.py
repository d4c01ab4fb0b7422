"""A statement reads the same in every process, so that PostgreSQL counts it as one."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path

from authberry.models import Database, OneTimeToken, RefreshToken
from authberry.models.tortoise_internals import columns

PROGRAM = Path(__file__)


def statements_of_a_process(seed: int) -> str:
    """What a process writes whose sets are in the order of a seed."""
    environment = {**os.environ, "PYTHONHASHSEED": str(seed)}
    command = [sys.executable, str(PROGRAM)]
    printed = subprocess.run(  # noqa: S603 - ours
        command, env=environment, check=True, capture_output=True, text=True
    )
    return printed.stdout


def test_processes_write_one_statement_for_one_query() -> None:
    """Whatever the order of sets is in them."""
    first, *others = (statements_of_a_process(seed) for seed in (1, 2, 3))
    assert "authberry_event" in first
    assert "JOIN" in first
    assert others == [first, first]


async def show() -> None:
    """Print a query of each table, and those that join another."""
    database = Database("sqlite://:memory:")
    await database.open()
    apps = database._context.apps
    assert apps is not None
    with database.use():
        for _, model in sorted(apps["authberry"].items()):
            print(model.all().sql(), columns(model))  # noqa: T201 - read by the test
        for model in (RefreshToken, OneTimeToken):
            print(model.all().select_related("user").sql())  # noqa: T201 - likewise
    await database.close()


if __name__ == "__main__":
    asyncio.run(show())

"""Makes a database unavailable to running servers, and available again."""

import asyncio
import os
import signal
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import aiosqlite
from database_servers import Postgres
from processes import rules_on


@asynccontextmanager
async def stopped_postgres(postgres: Postgres, database_url: str) -> AsyncIterator[None]:
    """Stop PostgreSQL: connections are refused."""
    await asyncio.to_thread(postgres.stop)
    try:
        yield
    finally:
        await asyncio.to_thread(postgres.start)


@asynccontextmanager
async def silent_postgres(postgres: Postgres, database_url: str) -> AsyncIterator[None]:
    """Suspend PostgreSQL: it answers nothing, as when the network is cut."""
    assert postgres._process
    async with rules_on(database_url) as rules:
        with rules.database.use():
            _, rows = await rules.database._context.db().execute_query(
                "SELECT pid FROM pg_stat_activity WHERE datname = current_database()"
            )
    processes = [*(row["pid"] for row in rows), postgres._process.pid]
    signal_all(processes, signal.SIGSTOP)
    try:
        yield
    finally:
        signal_all(processes, signal.SIGCONT)


def signal_all(processes: list[int], number: signal.Signals) -> None:
    """Send a signal to those that are still there."""
    for process in processes:
        with suppress(ProcessLookupError):
            os.kill(process, number)


@asynccontextmanager
async def refusing_postgres(postgres: Postgres, database_url: str) -> AsyncIterator[None]:
    """Let PostgreSQL run, and refuse connections to this database."""
    name = database_url.rpartition("/")[2]
    await asyncio.to_thread(postgres.execute, f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
    await asyncio.to_thread(postgres.disconnect, database_url)
    try:
        yield
    finally:
        await asyncio.to_thread(postgres.execute, f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")


@asynccontextmanager
async def locked_sqlite(_: Postgres | None, database_url: str) -> AsyncIterator[None]:
    """Lock the SQLite file, as another process does that writes."""
    file = database_url.partition("://")[2]
    async with aiosqlite.connect(file, isolation_level=None) as holder:
        await holder.execute("BEGIN EXCLUSIVE")
        yield
        await holder.execute("ROLLBACK")


class SmallDisk:
    """A file system in memory, which is soon full."""

    def __init__(self, folder: Path, megabytes: int) -> None:
        """Mount it on a folder; only root may."""
        self.folder = folder
        self._filler = folder / "filler"
        size = f"size={megabytes}M,mode=0755"
        subprocess.run(["mount", "-t", "tmpfs", "-o", size, "tmpfs", folder], check=True)  # noqa: S603, S607

    def fill(self) -> None:
        """Fill it."""
        with self._filler.open("ab", buffering=0) as filler, suppress(OSError):
            for block in (1 << 16, 1 << 9, 1):
                with suppress(OSError):
                    while True:
                        filler.write(bytes(block))

    def clear(self) -> None:
        """Free the space again."""
        self._filler.unlink()

    def close(self) -> None:
        """Unmount it, whatever still has it open."""
        subprocess.run(["umount", "--lazy", self.folder], check=True)  # noqa: S603, S607
